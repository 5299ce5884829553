package main

// The attributes of http_endpoint_configuration.

func httpEndpointSettings() []setting {
	return []setting{
		{name: "url", member: "EndpointConfiguration.Url", required: true},
		{name: "name", member: "EndpointConfiguration.Name"},
		{name: "access_key", member: "EndpointConfiguration.AccessKey"},
		{name: "buffering_interval", member: "BufferingHints.IntervalInSeconds", kind: whole, fallback: 300},
		{name: "buffering_size", member: "BufferingHints.SizeInMBs", kind: whole, fallback: 5},
		{
			name: "cloudwatch_logging_options", member: "CloudWatchLoggingOptions", kind: group, computed: true,
			inside: loggingSettings, flatten: flattenLogging,
		},
		{
			name: "processing_configuration", member: "ProcessingConfiguration", kind: group, mayStand: true,
			inside: processingSettings, expand: expandProcessing, flatten: flattenProcessing,
		},
		{name: "request_configuration", member: "RequestConfiguration", kind: group, inside: []setting{
			{name: "content_encoding", member: "ContentEncoding", fallback: "NONE"},
			{name: "common_attributes", member: "CommonAttributes", kind: groups, inside: []setting{
				{name: "name", member: "AttributeName", required: true},
				{name: "value", member: "AttributeValue", required: true},
			}},
		}},
		{name: "retry_duration", member: "RetryOptions.DurationInSeconds", kind: whole, fallback: 300},
		{name: "role_arn", member: "RoleARN"},
		{name: "s3_backup_mode", member: "S3BackupMode", fallback: "FailedDataOnly", replaces: true},
		{
			name: "s3_configuration", member: "S3Configuration", kind: group, required: true, inside: targetSettings(),
			flatten: func(described object) any {
				return []any{flatten(targetSettings(), described["S3DestinationDescription"].(object))}
			},
		},
		{name: "secrets_manager_configuration", member: "SecretsManagerConfiguration", kind: group, computed: true, inside: []setting{
			{name: "enabled", member: "Enabled", kind: truth, computed: true},
			{name: "role_arn", member: "RoleARN"},
			{name: "secret_arn", member: "SecretARN"},
		}},
	}
}
