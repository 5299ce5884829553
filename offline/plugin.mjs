export default class OfflineStack { hooks = {}; }
