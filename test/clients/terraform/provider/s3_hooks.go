package main

func expandKey(values map[string]any) any {
	if key := values["kms_key_arn"]; key != "" {
		return object{"KMSEncryptionConfig": object{"AWSKMSKeyARN": key}}
	}
	return object{"NoEncryptionConfig": "NoEncryption"}
}

func flattenKey(described object) any {
	return get(described, "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN")
}

// Names are shown only while it is switched on.
func flattenLogging(described object) any {
	options, ok := described["CloudWatchLoggingOptions"].(object)
	if !ok {
		return []any{}
	}
	if options["Enabled"] != true {
		return []any{map[string]any{"enabled": false}}
	}
	return []any{flatten(loggingSettings, options)}
}

// What is sent with every function's processor, and not shown where it is that.
func assumedParameters(role any) map[any]any {
	return map[any]any{"NumberOfRetries": "3", "BufferIntervalInSeconds": "60", "BufferSizeInMBs": "1", "RoleArn": role}
}

func expandProcessing(values map[string]any) any {
	blocks := values["processing_configuration"].([]any)
	if len(blocks) == 0 || blocks[0] == nil {
		return object{"Enabled": false, "Processors": []any{}}
	}
	processing := expand(processingSettings, blocks[0].(map[string]any))
	processors := []object{}
	for _, processor := range processing["Processors"].([]object) {
		// What is left of a block that is not written down any more.
		if processor["Type"] == nil {
			continue
		}
		processors = append(processors, processor)
		if processor["Type"] != "Lambda" {
			continue
		}
		assumed := assumedParameters(values["role_arn"])
		given := processor["Parameters"].([]object)
		for _, parameter := range given {
			delete(assumed, parameter["ParameterName"])
		}
		for name, value := range assumed {
			given = append(given, object{"ParameterName": name, "ParameterValue": value})
		}
		processor["Parameters"] = given
	}
	processing["Processors"] = processors
	return processing
}

func flattenProcessing(described object) any {
	processing, ok := described["ProcessingConfiguration"].(object)
	if !ok {
		return []any{}
	}
	shown := flatten(processingSettings, processing)
	for _, processor := range shown["processors"].([]any) {
		one := processor.(map[string]any)
		if one["type"] != "Lambda" {
			continue
		}
		assumed := assumedParameters(described["RoleARN"])
		rest := []any{}
		for _, parameter := range one["parameters"].([]any) {
			pair := parameter.(map[string]any)
			if value, ok := assumed[pair["parameter_name"]]; !ok || value != pair["parameter_value"] {
				rest = append(rest, pair)
			}
		}
		one["parameters"] = rest
	}
	return []any{shown}
}

// Switched off and without any part, it is none.
func flattenConversion(described object) any {
	conversion, ok := described["DataFormatConversionConfiguration"].(object)
	if !ok {
		return []any{}
	}
	isBare := conversion["Enabled"] != true
	for _, part := range []string{"InputFormatConfiguration", "OutputFormatConfiguration", "SchemaConfiguration"} {
		isBare = isBare && conversion[part] == nil
	}
	if isBare {
		return []any{}
	}
	return []any{flatten(conversionSettings, conversion)}
}
