package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func consumerResource() *schema.Resource {
	return &schema.Resource{
		CreateWithoutTimeout: createConsumer,
		ReadWithoutTimeout:   readConsumer,
		UpdateWithoutTimeout: updateConsumer,
		DeleteWithoutTimeout: deleteConsumer,
		Importer:             &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Schema: map[string]*schema.Schema{
			"arn":                {Type: schema.TypeString, Computed: true},
			"creation_timestamp": {Type: schema.TypeString, Computed: true},
			"name":               {Type: schema.TypeString, Required: true, ForceNew: true},
			"stream_arn":         {Type: schema.TypeString, Required: true, ForceNew: true},
			// Of the provider's later versions.
			"tags": tagsSchema(),
		},
	}
}

func createConsumer(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*clients).kinesis
	input := kinesis.RegisterStreamConsumerInput{
		ConsumerName: aws.String(d.Get("name").(string)), StreamARN: aws.String(d.Get("stream_arn").(string)),
	}
	if tags := tagsOf(d.Get("tags")); len(tags) > 0 {
		input.Tags = tags
	}
	output, err := c.RegisterStreamConsumer(ctx, &input)
	if err != nil {
		return diag.FromErr(err)
	}
	d.SetId(aws.ToString(output.Consumer.ConsumerARN))
	if err := wait(ctx, "CREATING", "ACTIVE", consumerStatus(ctx, c, d.Id())); err != nil {
		return diag.FromErr(err)
	}
	return readConsumer(ctx, d, meta)
}

func readConsumer(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*clients).kinesis
	consumer, err := findConsumer(ctx, c, d.Id())
	if err != nil {
		return diag.FromErr(err)
	}
	if consumer == nil {
		d.SetId("")
		return nil
	}
	tags, err := resourceTags(ctx, c, d.Id())
	if err != nil {
		return diag.FromErr(err)
	}
	return set(d, map[string]any{
		"arn":                aws.ToString(consumer.ConsumerARN),
		"creation_timestamp": aws.ToTime(consumer.ConsumerCreationTimestamp).Format(time.RFC3339),
		"name":               aws.ToString(consumer.ConsumerName),
		"stream_arn":         aws.ToString(consumer.StreamARN),
		"tags":               tags,
	})
}

func updateConsumer(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	if err := updateResourceTags(ctx, meta.(*clients).kinesis, d.Id(), d); err != nil {
		return diag.FromErr(err)
	}
	return readConsumer(ctx, d, meta)
}

func deleteConsumer(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*clients).kinesis
	_, err := c.DeregisterStreamConsumer(ctx, &kinesis.DeregisterStreamConsumerInput{ConsumerARN: aws.String(d.Id())})
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return diag.FromErr(err)
	}
	return diag.FromErr(wait(ctx, "DELETING", "", consumerStatus(ctx, c, d.Id())))
}

func findConsumer(ctx context.Context, c *kinesis.Client, arn string) (*types.ConsumerDescription, error) {
	output, err := c.DescribeStreamConsumer(ctx, &kinesis.DescribeStreamConsumerInput{ConsumerARN: &arn})
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return output.ConsumerDescription, nil
}

func consumerStatus(ctx context.Context, c *kinesis.Client, arn string) func() (any, string, error) {
	return func() (any, string, error) {
		consumer, err := findConsumer(ctx, c, arn)
		if consumer == nil || err != nil {
			return nil, "", err
		}
		return consumer, string(consumer.ConsumerStatus), nil
	}
}
