package main

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func policyResource() *schema.Resource {
	return &schema.Resource{
		CreateWithoutTimeout: putPolicy,
		ReadWithoutTimeout:   readPolicy,
		UpdateWithoutTimeout: putPolicy,
		DeleteWithoutTimeout: deletePolicy,
		Importer:             &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Schema: map[string]*schema.Schema{
			"policy":       {Type: schema.TypeString, Required: true, DiffSuppressFunc: sameJSON},
			"resource_arn": {Type: schema.TypeString, Required: true, ForceNew: true},
		},
	}
}

// The provider leaves more alone than this: whatever is the same policy.
func sameJSON(_, before, after string, _ *schema.ResourceData) bool {
	var a, b any
	if json.Unmarshal([]byte(before), &a) != nil || json.Unmarshal([]byte(after), &b) != nil {
		return before == after
	}
	return reflect.DeepEqual(a, b)
}

func putPolicy(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	arn := d.Get("resource_arn").(string)
	_, err := meta.(*clients).kinesis.PutResourcePolicy(ctx, &kinesis.PutResourcePolicyInput{
		Policy: aws.String(d.Get("policy").(string)), ResourceARN: &arn,
	})
	if err == nil {
		d.SetId(arn)
	}
	return diag.FromErr(err)
}

func readPolicy(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	arn := d.Id()
	output, err := meta.(*clients).kinesis.GetResourcePolicy(ctx, &kinesis.GetResourcePolicyInput{ResourceARN: &arn})
	if isMissing(err) || (err == nil && output.Policy == nil) {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.FromErr(err)
	}
	return set(d, map[string]any{"policy": *output.Policy, "resource_arn": arn})
}

func deletePolicy(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	arn := d.Id()
	_, err := meta.(*clients).kinesis.DeleteResourcePolicy(ctx, &kinesis.DeleteResourcePolicyInput{ResourceARN: &arn})
	if isMissing(err) {
		return nil
	}
	return diag.FromErr(err)
}
