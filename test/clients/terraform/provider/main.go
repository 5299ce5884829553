// A stand-in for the Terraform AWS provider, where that cannot be had: the resources of Kinesis and Firehose, with its
// attributes, defaults and calls in its order, as of its versions 5.100 and later. Terraform itself is the real one.
package main

import "github.com/hashicorp/terraform-plugin-sdk/v2/plugin"

func main() {
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: awsProvider})
}
