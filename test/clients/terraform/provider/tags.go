package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/firehose"
	firehosetypes "github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func tagsSchema() *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString},
	}
}

func tagsOf(given any) map[string]string {
	tags := map[string]string{}
	for key, value := range given.(map[string]any) {
		tags[key] = value.(string)
	}
	return tags
}

// What is to be taken away, and what to be set, new or with another value.
func tagChange(d *schema.ResourceData) (gone []string, changed map[string]string) {
	before, after := d.GetChange("tags")
	old, wanted := tagsOf(before), tagsOf(after)
	for key := range old {
		if _, ok := wanted[key]; !ok {
			gone = append(gone, key)
		}
	}
	changed = map[string]string{}
	for key, value := range wanted {
		if standing, ok := old[key]; !ok || standing != value {
			changed[key] = value
		}
	}
	return gone, changed
}

func streamTags(ctx context.Context, c *kinesis.Client, name string) (map[string]string, error) {
	tags := map[string]string{}
	input := kinesis.ListTagsForStreamInput{StreamName: &name}
	for {
		page, err := c.ListTagsForStream(ctx, &input)
		if err != nil {
			return nil, err
		}
		for _, tag := range page.Tags {
			tags[*tag.Key] = *tag.Value
		}
		if !*page.HasMoreTags {
			return tags, nil
		}
		input.ExclusiveStartTagKey = page.Tags[len(page.Tags)-1].Key
	}
}

// Takes away what is not wanted any more, then sets what is new or another.
func updateTags(d *schema.ResourceData, untag func([]string) error, tag func(map[string]string) error) error {
	gone, changed := tagChange(d)
	if len(gone) > 0 {
		if err := untag(gone); err != nil {
			return err
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return tag(changed)
}

func updateStreamTags(ctx context.Context, c *kinesis.Client, name string, d *schema.ResourceData) error {
	return updateTags(d, func(keys []string) error {
		_, err := c.RemoveTagsFromStream(ctx, &kinesis.RemoveTagsFromStreamInput{StreamName: &name, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := c.AddTagsToStream(ctx, &kinesis.AddTagsToStreamInput{StreamName: &name, Tags: tags})
		return err
	})
}

// The tags of what has an ARN.
func resourceTags(ctx context.Context, c *kinesis.Client, arn string) (map[string]string, error) {
	output, err := c.ListTagsForResource(ctx, &kinesis.ListTagsForResourceInput{ResourceARN: &arn})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range output.Tags {
		tags[*tag.Key] = *tag.Value
	}
	return tags, nil
}

func updateResourceTags(ctx context.Context, c *kinesis.Client, arn string, d *schema.ResourceData) error {
	return updateTags(d, func(keys []string) error {
		_, err := c.UntagResource(ctx, &kinesis.UntagResourceInput{ResourceARN: &arn, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := c.TagResource(ctx, &kinesis.TagResourceInput{ResourceARN: &arn, Tags: tags})
		return err
	})
}

func firehoseTags(tags map[string]string) []firehosetypes.Tag {
	var list []firehosetypes.Tag
	for key, value := range tags {
		list = append(list, firehosetypes.Tag{Key: &key, Value: &value})
	}
	return list
}

func deliveryStreamTags(ctx context.Context, c *firehose.Client, name string) (map[string]string, error) {
	tags := map[string]string{}
	input := firehose.ListTagsForDeliveryStreamInput{DeliveryStreamName: &name}
	for {
		page, err := c.ListTagsForDeliveryStream(ctx, &input)
		if err != nil {
			return nil, err
		}
		for _, tag := range page.Tags {
			tags[*tag.Key] = *tag.Value
		}
		if !*page.HasMoreTags {
			return tags, nil
		}
		input.ExclusiveStartTagKey = page.Tags[len(page.Tags)-1].Key
	}
}

func updateDeliveryStreamTags(ctx context.Context, c *firehose.Client, name string, d *schema.ResourceData) error {
	return updateTags(d, func(keys []string) error {
		_, err := c.UntagDeliveryStream(ctx, &firehose.UntagDeliveryStreamInput{DeliveryStreamName: &name, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := c.TagDeliveryStream(ctx, &firehose.TagDeliveryStreamInput{DeliveryStreamName: &name, Tags: firehoseTags(tags)})
		return err
	})
}
