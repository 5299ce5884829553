package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// What the resources are handed as their `meta`.
type clients struct {
	kinesis  *kinesis.Client
	firehose *firehose.Client
}

func awsProvider() *schema.Provider {
	text := func() *schema.Schema { return &schema.Schema{Type: schema.TypeString, Optional: true} }
	truth := func() *schema.Schema { return &schema.Schema{Type: schema.TypeBool, Optional: true} }
	return &schema.Provider{
		Schema: map[string]*schema.Schema{
			"region":                      text(),
			"access_key":                  text(),
			"secret_key":                  text(),
			"skip_credentials_validation": truth(),
			"skip_metadata_api_check":     truth(),
			"skip_region_validation":      truth(),
			"skip_requesting_account_id":  truth(),
			"endpoints": {
				Type:     schema.TypeSet,
				Optional: true,
				Elem: &schema.Resource{Schema: map[string]*schema.Schema{
					"firehose": text(),
					"kinesis":  text(),
				}},
			},
		},
		ResourcesMap: map[string]*schema.Resource{
			"aws_kinesis_stream":                   streamResource(),
			"aws_kinesis_stream_consumer":          consumerResource(),
			"aws_kinesis_resource_policy":          policyResource(),
			"aws_kinesis_firehose_delivery_stream": deliveryStreamResource(),
		},
		ConfigureContextFunc: configure,
	}
}

func configure(_ context.Context, d *schema.ResourceData) (any, diag.Diagnostics) {
	config := aws.Config{
		Region: d.Get("region").(string),
		Credentials: credentials.NewStaticCredentialsProvider(
			d.Get("access_key").(string), d.Get("secret_key").(string), ""),
	}
	endpoint := func(service string) *string {
		for _, given := range d.Get("endpoints").(*schema.Set).List() {
			if url := given.(map[string]any)[service].(string); url != "" {
				return aws.String(url)
			}
		}
		return nil
	}
	return &clients{
		kinesis:  kinesis.NewFromConfig(config, func(o *kinesis.Options) { o.BaseEndpoint = endpoint("kinesis") }),
		firehose: firehose.NewFromConfig(config, func(o *firehose.Options) { o.BaseEndpoint = endpoint("firehose") }),
	}, nil
}
