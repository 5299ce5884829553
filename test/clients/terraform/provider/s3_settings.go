package main

// The attributes of extended_s3_configuration, and those that it shares with its backup.

func targetSettings() []setting {
	return []setting{
		{name: "bucket_arn", member: "BucketARN", required: true},
		{name: "role_arn", member: "RoleARN", required: true},
		{name: "buffering_interval", member: "BufferingHints.IntervalInSeconds", kind: whole, fallback: 300},
		{name: "buffering_size", member: "BufferingHints.SizeInMBs", kind: whole, fallback: 5},
		{name: "compression_format", member: "CompressionFormat", fallback: "UNCOMPRESSED"},
		{name: "prefix", member: "Prefix", blank: true},
		{name: "error_output_prefix", member: "ErrorOutputPrefix"},
		{name: "kms_key_arn", member: "EncryptionConfiguration", expand: expandKey, flatten: flattenKey},
		{
			name: "cloudwatch_logging_options", member: "CloudWatchLoggingOptions", kind: group, computed: true,
			inside: loggingSettings, flatten: flattenLogging,
		},
	}
}

var loggingSettings = []setting{
	{name: "enabled", member: "Enabled", kind: truth, fallback: false},
	{name: "log_group_name", member: "LogGroupName", blank: true},
	{name: "log_stream_name", member: "LogStreamName", blank: true},
}

func s3Settings() []setting {
	return append(targetSettings(),
		setting{name: "custom_time_zone", member: "CustomTimeZone", fallback: "UTC", blank: true},
		setting{name: "file_extension", member: "FileExtension", blank: true},
		setting{
			name: "dynamic_partitioning_configuration", member: "DynamicPartitioningConfiguration", kind: group, replaces: true,
			inside: []setting{
				{name: "enabled", member: "Enabled", kind: truth, fallback: false, replaces: true},
				{name: "retry_duration", member: "RetryOptions.DurationInSeconds", kind: whole, fallback: 300},
			},
		},
		setting{
			name: "processing_configuration", member: "ProcessingConfiguration", kind: group, mayStand: true,
			inside: processingSettings, expand: expandProcessing, flatten: flattenProcessing,
		},
		setting{
			name: "data_format_conversion_configuration", member: "DataFormatConversionConfiguration", kind: group,
			absent: object{"Enabled": false}, inside: conversionSettings, flatten: flattenConversion,
		},
		setting{name: "s3_backup_mode", member: "S3BackupMode", fallback: "Disabled"},
		setting{
			name: "s3_backup_configuration", member: "S3BackupConfiguration", kind: group, inside: targetSettings(),
			flatten: func(described object) any {
				backup, ok := described["S3BackupDescription"].(object)
				if !ok {
					return []any{}
				}
				return []any{flatten(targetSettings(), backup)}
			},
		},
	)
}

var processingSettings = []setting{
	{name: "enabled", member: "Enabled", kind: truth},
	{name: "processors", member: "Processors", kind: groups, inside: []setting{
		{name: "type", member: "Type", required: true},
		{name: "parameters", member: "Parameters", kind: anyOrder, inside: []setting{
			{name: "parameter_name", member: "ParameterName", required: true},
			{name: "parameter_value", member: "ParameterValue", required: true},
		}},
	}},
}

var conversionSettings = []setting{
	{name: "enabled", member: "Enabled", kind: truth, fallback: true},
	{name: "input_format_configuration", member: "InputFormatConfiguration", kind: group, required: true, inside: []setting{
		{name: "deserializer", member: "Deserializer", kind: group, required: true, inside: []setting{
			{name: "hive_json_ser_de", member: "HiveJsonSerDe", kind: group, inside: []setting{
				{name: "timestamp_formats", member: "TimestampFormats", kind: texts},
			}},
			{name: "open_x_json_ser_de", member: "OpenXJsonSerDe", kind: group, inside: []setting{
				{name: "case_insensitive", member: "CaseInsensitive", kind: truth, fallback: true, assumed: true},
				{name: "column_to_json_key_mappings", member: "ColumnToJsonKeyMappings", kind: pairs},
				{name: "convert_dots_in_json_keys_to_underscores", member: "ConvertDotsInJsonKeysToUnderscores", kind: truth, fallback: false},
			}},
		}},
	}},
	{name: "output_format_configuration", member: "OutputFormatConfiguration", kind: group, required: true, inside: []setting{
		{name: "serializer", member: "Serializer", kind: group, required: true, inside: []setting{
			{name: "parquet_ser_de", member: "ParquetSerDe", kind: group, inside: []setting{
				{name: "block_size_bytes", member: "BlockSizeBytes", kind: whole, fallback: 268435456, assumed: true},
				{name: "compression", member: "Compression", fallback: "SNAPPY", assumed: true},
				{name: "enable_dictionary_compression", member: "EnableDictionaryCompression", kind: truth, fallback: false},
				{name: "max_padding_bytes", member: "MaxPaddingBytes", kind: whole, fallback: 0},
				{name: "page_size_bytes", member: "PageSizeBytes", kind: whole, fallback: 1048576, assumed: true},
				{name: "writer_version", member: "WriterVersion", fallback: "V1", assumed: true},
			}},
		}},
	}},
	{name: "schema_configuration", member: "SchemaConfiguration", kind: group, required: true, inside: []setting{
		{name: "catalog_id", member: "CatalogId", computed: true},
		{name: "database_name", member: "DatabaseName", required: true},
		{name: "region", member: "Region", computed: true},
		{name: "role_arn", member: "RoleARN", required: true},
		{name: "table_name", member: "TableName", required: true},
		{name: "version_id", member: "VersionId", fallback: "LATEST"},
	}},
}
