package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

const provisioned = string(types.StreamModeProvisioned)

func streamResource() *schema.Resource {
	return &schema.Resource{
		CreateWithoutTimeout: createStream,
		ReadWithoutTimeout:   readStream,
		UpdateWithoutTimeout: updateStream,
		DeleteWithoutTimeout: deleteStream,
		Importer:             &schema.ResourceImporter{StateContext: importStream},
		CustomizeDiff:        checkStreamPlan,
		Schema: map[string]*schema.Schema{
			"arn":  {Type: schema.TypeString, Optional: true, Computed: true},
			"name": {Type: schema.TypeString, Required: true, ForceNew: true},
			"encryption_type": {
				Type: schema.TypeString, Optional: true, Default: "NONE",
				DiffSuppressFunc: func(_, before, after string, _ *schema.ResourceData) bool {
					return strings.EqualFold(before, after)
				},
			},
			"enforce_consumer_deletion": {Type: schema.TypeBool, Optional: true, Default: false},
			"kms_key_id":                {Type: schema.TypeString, Optional: true},
			"max_record_size_in_kib":    {Type: schema.TypeInt, Optional: true, Computed: true},
			"retention_period":          {Type: schema.TypeInt, Optional: true, Default: 24},
			"shard_count":               {Type: schema.TypeInt, Optional: true},
			"shard_level_metrics": {
				Type: schema.TypeSet, Optional: true, Elem: &schema.Schema{Type: schema.TypeString},
			},
			"stream_mode_details": {
				Type: schema.TypeList, Optional: true, Computed: true, MaxItems: 1,
				DiffSuppressFunc: missingBlock,
				Elem: &schema.Resource{Schema: map[string]*schema.Schema{
					"stream_mode": {Type: schema.TypeString, Required: true},
				}},
			},
			"tags": tagsSchema(),
		},
	}
}

type differ interface {
	GetOk(string) (any, bool)
}

func streamMode(d differ) string {
	if mode, ok := d.GetOk("stream_mode_details.0.stream_mode"); ok {
		return mode.(string)
	}
	return provisioned
}

// Quotas are looked at before anything is changed; who may not ask for them goes on.
func checkStreamPlan(ctx context.Context, diff *schema.ResourceDiff, meta any) error {
	count, mode := diff.Get("shard_count").(int), streamMode(diff)
	if (mode == provisioned) != (count > 0) {
		return fmt.Errorf("shard_count %d does not go with stream_mode %s", count, mode)
	}
	limits, err := meta.(*clients).kinesis.DescribeLimits(ctx, &kinesis.DescribeLimitsInput{})
	if err != nil {
		return nil
	}
	if mode != provisioned {
		if diff.Id() == "" && aws.ToInt32(limits.OnDemandStreamCount)+1 > aws.ToInt32(limits.OnDemandStreamCountLimit) {
			return errors.New("the account's limit of on-demand streams would be exceeded")
		}
		return nil
	}
	before, after := diff.GetChange("shard_count")
	more := int32(after.(int) - before.(int))
	if aws.ToInt32(limits.OpenShardCount)+more > aws.ToInt32(limits.ShardLimit) {
		return errors.New("the account's limit of shards would be exceeded")
	}
	return nil
}

func createStream(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, name := meta.(*clients).kinesis, d.Get("name").(string)
	input := kinesis.CreateStreamInput{StreamName: &name}
	if size, ok := d.GetOk("max_record_size_in_kib"); ok {
		input.MaxRecordSizeInKiB = aws.Int32(int32(size.(int)))
	}
	if mode, ok := d.GetOk("stream_mode_details.0.stream_mode"); ok {
		input.StreamModeDetails = &types.StreamModeDetails{StreamMode: types.StreamMode(mode.(string))}
	}
	if streamMode(d) == provisioned {
		input.ShardCount = aws.Int32(int32(d.Get("shard_count").(int)))
	}
	if tags := tagsOf(d.Get("tags")); len(tags) > 0 {
		input.Tags = tags
	}
	if _, err := c.CreateStream(ctx, &input); err != nil {
		return diag.FromErr(err)
	}
	if err := wait(ctx, "CREATING", "ACTIVE", streamStatus(ctx, c, name)); err != nil {
		return diag.FromErr(err)
	}
	summary, err := findStream(ctx, c, name)
	if err != nil {
		return diag.FromErr(err)
	}
	d.SetId(aws.ToString(summary.StreamARN))
	// Also when it is what every stream begins with.
	changes := []func() error{raiseRetention(ctx, c, name, d)}
	if metrics := d.Get("shard_level_metrics").(*schema.Set); metrics.Len() > 0 {
		changes = append(changes, enableMetrics(ctx, c, name, metrics))
	}
	if d.Get("encryption_type") == "KMS" {
		changes = append(changes, startEncryption(ctx, c, name, d))
	}
	if err := inTurn(ctx, c, name, changes); err != nil {
		return diag.FromErr(err)
	}
	return readStream(ctx, d, meta)
}

func readStream(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, name := meta.(*clients).kinesis, d.Get("name").(string)
	stream, err := findStream(ctx, c, name)
	if err != nil {
		return diag.FromErr(err)
	}
	if stream == nil {
		d.SetId("")
		return nil
	}
	mode := provisioned
	var details []any
	if stream.StreamModeDetails != nil {
		mode = string(stream.StreamModeDetails.StreamMode)
		details = []any{map[string]any{"stream_mode": mode}}
	}
	var shardCount any
	if mode == provisioned {
		shardCount = int(aws.ToInt32(stream.OpenShardCount))
	}
	var metrics []string
	for _, level := range stream.EnhancedMonitoring {
		for _, metric := range level.ShardLevelMetrics {
			metrics = append(metrics, string(metric))
		}
	}
	tags, err := streamTags(ctx, c, name)
	if err != nil {
		return diag.FromErr(err)
	}
	return set(d, map[string]any{
		"arn":                    aws.ToString(stream.StreamARN),
		"encryption_type":        string(stream.EncryptionType),
		"kms_key_id":             aws.ToString(stream.KeyId),
		"max_record_size_in_kib": int(aws.ToInt32(stream.MaxRecordSizeInKiB)),
		"name":                   aws.ToString(stream.StreamName),
		"retention_period":       int(aws.ToInt32(stream.RetentionPeriodHours)),
		"shard_count":            shardCount,
		"shard_level_metrics":    metrics,
		"stream_mode_details":    details,
		"tags":                   tags,
	})
}

// Tags first, then one change after another, each waited for.
func updateStream(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, name := meta.(*clients).kinesis, d.Get("name").(string)
	if err := updateStreamTags(ctx, c, name, d); err != nil {
		return diag.FromErr(err)
	}
	var changes []func() error
	if d.HasChange("stream_mode_details.0.stream_mode") {
		changes = append(changes, func() error {
			mode := types.StreamMode(d.Get("stream_mode_details.0.stream_mode").(string))
			_, err := c.UpdateStreamMode(ctx, &kinesis.UpdateStreamModeInput{
				StreamARN: aws.String(d.Id()), StreamModeDetails: &types.StreamModeDetails{StreamMode: mode},
			})
			return err
		})
	}
	if streamMode(d) == provisioned && d.HasChange("shard_count") {
		changes = append(changes, func() error {
			_, err := c.UpdateShardCount(ctx, &kinesis.UpdateShardCountInput{
				StreamName: &name, ScalingType: types.ScalingTypeUniformScaling,
				TargetShardCount: aws.Int32(int32(d.Get("shard_count").(int))),
			})
			return err
		})
	}
	if d.HasChange("retention_period") {
		before, after := d.GetChange("retention_period")
		change := raiseRetention(ctx, c, name, d)
		if after.(int) < before.(int) {
			change = lowerRetention(ctx, c, name, d)
		}
		changes = append(changes, change)
	}
	if d.HasChange("shard_level_metrics") {
		before, after := d.GetChange("shard_level_metrics")
		if gone := before.(*schema.Set).Difference(after.(*schema.Set)); gone.Len() > 0 {
			changes = append(changes, disableMetrics(ctx, c, name, gone))
		}
		if added := after.(*schema.Set).Difference(before.(*schema.Set)); added.Len() > 0 {
			changes = append(changes, enableMetrics(ctx, c, name, added))
		}
	}
	if d.HasChanges("encryption_type", "kms_key_id") {
		change := startEncryption(ctx, c, name, d)
		if d.Get("encryption_type") == "NONE" {
			change = stopEncryption(ctx, c, name, d)
		}
		changes = append(changes, change)
	}
	if d.HasChange("max_record_size_in_kib") {
		changes = append(changes, func() error {
			_, err := c.UpdateMaxRecordSize(ctx, &kinesis.UpdateMaxRecordSizeInput{
				StreamARN: aws.String(d.Id()), MaxRecordSizeInKiB: aws.Int32(int32(d.Get("max_record_size_in_kib").(int))),
			})
			return err
		})
	}
	if err := inTurn(ctx, c, name, changes); err != nil {
		return diag.FromErr(err)
	}
	return readStream(ctx, d, meta)
}

func deleteStream(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c, name := meta.(*clients).kinesis, d.Get("name").(string)
	_, err := c.DeleteStream(ctx, &kinesis.DeleteStreamInput{
		StreamName: &name, EnforceConsumerDeletion: aws.Bool(d.Get("enforce_consumer_deletion").(bool)),
	})
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return diag.FromErr(err)
	}
	return diag.FromErr(wait(ctx, "DELETING", "", streamStatus(ctx, c, name)))
}

// By its name; from then on it goes by its ARN.
func importStream(ctx context.Context, d *schema.ResourceData, meta any) ([]*schema.ResourceData, error) {
	name := d.Id()
	stream, err := findStream(ctx, meta.(*clients).kinesis, name)
	if err != nil {
		return nil, err
	}
	if stream == nil {
		return nil, fmt.Errorf("there is no stream %s", name)
	}
	d.SetId(aws.ToString(stream.StreamARN))
	return []*schema.ResourceData{d}, d.Set("name", name)
}

// Nil where there is none.
func findStream(ctx context.Context, c *kinesis.Client, name string) (*types.StreamDescriptionSummary, error) {
	output, err := c.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &name})
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return output.StreamDescriptionSummary, nil
}

func streamStatus(ctx context.Context, c *kinesis.Client, name string) func() (any, string, error) {
	return func() (any, string, error) {
		stream, err := findStream(ctx, c, name)
		if stream == nil || err != nil {
			return nil, "", err
		}
		return stream, string(stream.StreamStatus), nil
	}
}

func isMissing(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}
