package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// Each change shows as UPDATING for a while, or not at all.
func inTurn(ctx context.Context, c *kinesis.Client, name string, changes []func() error) error {
	for _, change := range changes {
		if err := change(); err != nil {
			return err
		}
		if err := wait(ctx, "UPDATING", "ACTIVE", streamStatus(ctx, c, name)); err != nil {
			return err
		}
	}
	return nil
}

func hours(d *schema.ResourceData) *int32 {
	return aws.Int32(int32(d.Get("retention_period").(int)))
}

func raiseRetention(ctx context.Context, c *kinesis.Client, name string, d *schema.ResourceData) func() error {
	return func() error {
		_, err := c.IncreaseStreamRetentionPeriod(ctx, &kinesis.IncreaseStreamRetentionPeriodInput{
			StreamName: &name, RetentionPeriodHours: hours(d),
		})
		return err
	}
}

func lowerRetention(ctx context.Context, c *kinesis.Client, name string, d *schema.ResourceData) func() error {
	return func() error {
		_, err := c.DecreaseStreamRetentionPeriod(ctx, &kinesis.DecreaseStreamRetentionPeriodInput{
			StreamName: &name, RetentionPeriodHours: hours(d),
		})
		return err
	}
}

func metricsOf(given *schema.Set) []types.MetricsName {
	var names []types.MetricsName
	for _, name := range given.List() {
		names = append(names, types.MetricsName(name.(string)))
	}
	return names
}

func enableMetrics(ctx context.Context, c *kinesis.Client, name string, given *schema.Set) func() error {
	return func() error {
		_, err := c.EnableEnhancedMonitoring(ctx, &kinesis.EnableEnhancedMonitoringInput{
			StreamName: &name, ShardLevelMetrics: metricsOf(given),
		})
		return err
	}
}

func disableMetrics(ctx context.Context, c *kinesis.Client, name string, given *schema.Set) func() error {
	return func() error {
		_, err := c.DisableEnhancedMonitoring(ctx, &kinesis.DisableEnhancedMonitoringInput{
			StreamName: &name, ShardLevelMetrics: metricsOf(given),
		})
		return err
	}
}

func startEncryption(ctx context.Context, c *kinesis.Client, name string, d *schema.ResourceData) func() error {
	return func() error {
		_, err := c.StartStreamEncryption(ctx, &kinesis.StartStreamEncryptionInput{
			StreamName: &name, EncryptionType: types.EncryptionTypeKms, KeyId: aws.String(d.Get("kms_key_id").(string)),
		})
		return err
	}
}

// With what it was encrypted until now.
func stopEncryption(ctx context.Context, c *kinesis.Client, name string, d *schema.ResourceData) func() error {
	kind, _ := d.GetChange("encryption_type")
	key, _ := d.GetChange("kms_key_id")
	return func() error {
		_, err := c.StopStreamEncryption(ctx, &kinesis.StopStreamEncryptionInput{
			StreamName: &name, EncryptionType: types.EncryptionType(kind.(string)), KeyId: aws.String(key.(string)),
		})
		return err
	}
}
