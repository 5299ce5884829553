package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	firehosetypes "github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

var sourceSettings = []setting{
	{name: "kinesis_stream_arn", member: "KinesisStreamARN", required: true, replaces: true},
	{name: "role_arn", member: "RoleARN", required: true, replaces: true},
}

var encryptionSettings = []setting{
	{name: "enabled", kind: truth, fallback: false},
	{name: "key_arn", member: "KeyARN"},
	{name: "key_type", member: "KeyType", fallback: "AWS_OWNED_CMK"},
}

func deliveryStreamResource() *schema.Resource {
	all := schemaOf([]setting{
		{name: "arn", computed: true},
		{name: "destination", required: true, replaces: true},
		{name: "destination_id", computed: true},
		{name: "extended_s3_configuration", kind: group, inside: s3Settings()},
		{name: "http_endpoint_configuration", kind: group, inside: httpEndpointSettings()},
		{name: "kinesis_source_configuration", kind: group, replaces: true, inside: sourceSettings},
		{name: "name", required: true, replaces: true},
		{name: "server_side_encryption", kind: group, mayStand: true, inside: encryptionSettings},
		{name: "version_id", computed: true},
	})
	all["tags"] = tagsSchema()
	return &schema.Resource{
		CreateWithoutTimeout: createDeliveryStream,
		ReadWithoutTimeout:   readDeliveryStream,
		UpdateWithoutTimeout: updateDeliveryStream,
		DeleteWithoutTimeout: deleteDeliveryStream,
		Importer:             &schema.ResourceImporter{StateContext: importDeliveryStream},
		Schema:               all,
	}
}

// A destination, by what `destination` says.
type destination struct {
	block, configuration, update, description string
	settings                                  []setting
	// Blocks that have another name in updates.
	updates map[string]string
	// An attribute that the API does not show.
	secret string
}

var destinations = map[string]destination{
	"extended_s3": {
		block: "extended_s3_configuration", settings: s3Settings(),
		configuration: "ExtendedS3DestinationConfiguration", update: "ExtendedS3DestinationUpdate",
		description: "ExtendedS3DestinationDescription",
		updates:     map[string]string{"S3BackupConfiguration": "S3BackupUpdate"},
	},
	"http_endpoint": {
		block: "http_endpoint_configuration", settings: httpEndpointSettings(), secret: "access_key",
		configuration: "HttpEndpointDestinationConfiguration", update: "HttpEndpointDestinationUpdate",
		description: "HttpEndpointDestinationDescription",
		updates:     map[string]string{"S3Configuration": "S3Update"},
	},
}

func destinationOf(d *schema.ResourceData) destination {
	return destinations[d.Get("destination").(string)]
}

func block(d *schema.ResourceData, name string) map[string]any {
	if blocks := d.Get(name).([]any); len(blocks) > 0 && blocks[0] != nil {
		return blocks[0].(map[string]any)
	}
	return nil
}

func createDeliveryStream(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, name := meta.(*clients).firehose, d.Get("name").(string)
	asked := object{"DeliveryStreamName": name, "DeliveryStreamType": "DirectPut"}
	sent := destinationOf(d)
	asked[sent.configuration] = expand(sent.settings, block(d, sent.block))
	if source := block(d, "kinesis_source_configuration"); source != nil {
		asked["DeliveryStreamType"] = "KinesisStreamAsSource"
		asked["KinesisStreamSourceConfiguration"] = expand(sourceSettings, source)
	}
	input, err := as[firehose.CreateDeliveryStreamInput](asked)
	if err != nil {
		return diag.FromErr(err)
	}
	input.Tags = firehoseTags(tagsOf(d.Get("tags")))
	if _, err := c.CreateDeliveryStream(ctx, input); err != nil {
		return diag.FromErr(err)
	}
	if err := wait(ctx, "CREATING", "ACTIVE", deliveryStreamStatus(ctx, c, name)); err != nil {
		return diag.FromErr(err)
	}
	stream, err := findDeliveryStream(ctx, c, name)
	if err != nil {
		return diag.FromErr(err)
	}
	d.SetId(aws.ToString(stream.DeliveryStreamARN))
	if wanted := block(d, "server_side_encryption"); wanted != nil && wanted["enabled"] == true {
		if err := encrypt(ctx, c, name, wanted); err != nil {
			return diag.FromErr(err)
		}
	}
	return readDeliveryStream(ctx, d, meta)
}

func readDeliveryStream(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, name := meta.(*clients).firehose, d.Get("name").(string)
	stream, err := findDeliveryStream(ctx, c, name)
	if err != nil {
		return diag.FromErr(err)
	}
	if stream == nil {
		d.SetId("")
		return nil
	}
	described, err := as[object](stream)
	if err != nil {
		return diag.FromErr(err)
	}
	tags, err := deliveryStreamTags(ctx, c, name)
	if err != nil {
		return diag.FromErr(err)
	}
	destination := (*described)["Destinations"].([]any)[0].(object)
	values := map[string]any{
		"arn":                    aws.ToString(stream.DeliveryStreamARN),
		"destination_id":         destination["DestinationId"],
		"name":                   aws.ToString(stream.DeliveryStreamName),
		"server_side_encryption": []any{encryptionShown(stream.DeliveryStreamEncryptionConfiguration)},
		"tags":                   tags,
		"version_id":             aws.ToString(stream.VersionId),
	}
	for kind, shown := range destinations {
		described, ok := destination[shown.description].(object)
		if !ok {
			continue
		}
		one := flatten(shown.settings, described)
		// What the API keeps to itself stays as it was written down.
		if before := block(d, shown.block); before != nil && shown.secret != "" {
			one[shown.secret] = before[shown.secret]
		}
		values["destination"], values[shown.block] = kind, []any{one}
	}
	if source, ok := get(*described, "Source.KinesisStreamSourceDescription").(object); ok {
		values["kinesis_source_configuration"] = []any{flatten(sourceSettings, source)}
	}
	return set(d, values)
}

func encryptionShown(described *firehosetypes.DeliveryStreamEncryptionConfiguration) map[string]any {
	if described == nil || described.Status != firehosetypes.DeliveryStreamEncryptionStatusEnabled {
		return map[string]any{"enabled": false, "key_type": "AWS_OWNED_CMK"}
	}
	return map[string]any{
		"enabled": true, "key_type": string(described.KeyType), "key_arn": aws.ToString(described.KeyARN),
	}
}

// Whatever changes but tags, the whole destination is sent, and behind it the encryption.
func updateDeliveryStream(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, name := meta.(*clients).firehose, d.Get("name").(string)
	if err := updateDeliveryStreamTags(ctx, c, name, d); err != nil {
		return diag.FromErr(err)
	}
	if d.HasChangesExcept("tags") {
		if err := updateDestination(ctx, c, name, d); err != nil {
			return diag.FromErr(err)
		}
	}
	if d.HasChange("server_side_encryption") {
		change := encrypt
		wanted := block(d, "server_side_encryption")
		if wanted == nil || wanted["enabled"] != true {
			change = decrypt
		}
		if err := change(ctx, c, name, wanted); err != nil {
			return diag.FromErr(err)
		}
	}
	return readDeliveryStream(ctx, d, meta)
}

func updateDestination(ctx context.Context, c *firehose.Client, name string, d *schema.ResourceData) error {
	sent := destinationOf(d)
	wanted := block(d, sent.block)
	update := expand(sent.settings, wanted)
	for from, to := range sent.updates {
		bucket, ok := update[from].(object)
		if !ok {
			continue
		}
		delete(update, from)
		update[to] = bucket
		if bucket["ErrorOutputPrefix"] == nil {
			bucket["ErrorOutputPrefix"] = ""
		}
	}
	// In updates, what is empty is said, so that it goes.
	if prefix, ok := wanted["error_output_prefix"]; ok {
		update["ErrorOutputPrefix"] = prefix
	}
	input, err := as[firehose.UpdateDestinationInput](object{
		"CurrentDeliveryStreamVersionId": d.Get("version_id"), "DeliveryStreamName": name,
		"DestinationId": d.Get("destination_id"), sent.update: update,
	})
	if err != nil {
		return err
	}
	_, err = c.UpdateDestination(ctx, input)
	return err
}

func encrypt(ctx context.Context, c *firehose.Client, name string, wanted map[string]any) error {
	input, err := as[firehose.StartDeliveryStreamEncryptionInput](object{
		"DeliveryStreamName": name, "DeliveryStreamEncryptionConfigurationInput": expand(encryptionSettings, wanted),
	})
	if err != nil {
		return err
	}
	if _, err := c.StartDeliveryStreamEncryption(ctx, input); err != nil {
		return err
	}
	return wait(ctx, "ENABLING", "ENABLED", encryptionStatus(ctx, c, name))
}

func decrypt(ctx context.Context, c *firehose.Client, name string, _ map[string]any) error {
	input := firehose.StopDeliveryStreamEncryptionInput{DeliveryStreamName: &name}
	if _, err := c.StopDeliveryStreamEncryption(ctx, &input); err != nil {
		return err
	}
	return wait(ctx, "DISABLING", "DISABLED", encryptionStatus(ctx, c, name))
}

func deleteDeliveryStream(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, name := meta.(*clients).firehose, d.Get("name").(string)
	_, err := c.DeleteDeliveryStream(ctx, &firehose.DeleteDeliveryStreamInput{DeliveryStreamName: &name})
	if isMissingDeliveryStream(err) {
		return nil
	}
	if err != nil {
		return diag.FromErr(err)
	}
	return diag.FromErr(wait(ctx, "DELETING", "", deliveryStreamStatus(ctx, c, name)))
}

func importDeliveryStream(_ context.Context, d *schema.ResourceData, _ any) ([]*schema.ResourceData, error) {
	_, name, ok := strings.Cut(d.Id(), ":deliverystream/")
	if !ok {
		return nil, fmt.Errorf("%s is not the ARN of a delivery stream", d.Id())
	}
	return []*schema.ResourceData{d}, d.Set("name", name)
}

func findDeliveryStream(ctx context.Context, c *firehose.Client, name string) (*firehosetypes.DeliveryStreamDescription, error) {
	output, err := c.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: &name})
	if isMissingDeliveryStream(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return output.DeliveryStreamDescription, nil
}

func deliveryStreamStatus(ctx context.Context, c *firehose.Client, name string) func() (any, string, error) {
	return func() (any, string, error) {
		stream, err := findDeliveryStream(ctx, c, name)
		if stream == nil || err != nil {
			return nil, "", err
		}
		return stream, string(stream.DeliveryStreamStatus), nil
	}
}

func encryptionStatus(ctx context.Context, c *firehose.Client, name string) func() (any, string, error) {
	return func() (any, string, error) {
		stream, err := findDeliveryStream(ctx, c, name)
		if stream == nil || err != nil || stream.DeliveryStreamEncryptionConfiguration == nil {
			return nil, "", err
		}
		return stream, string(stream.DeliveryStreamEncryptionConfiguration.Status), nil
	}
}

func isMissingDeliveryStream(err error) bool {
	var missing *firehosetypes.ResourceNotFoundException
	return errors.As(err, &missing)
}

// The client's structures have the API's names, and so JSON is the way between the two.
func as[T any](value any) (*T, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var result T
	return &result, json.Unmarshal(text, &result)
}
