//! What a service runs already: whoever changes it, or gets into it, acts as the role that it has. Which functions,
//! instances and stacks have which role is not read, so none of this is certain.
//!
//! The calls of each service that change what it runs, in the Service Authorization Reference
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>).

/// What is done to things of a service that are there.
pub struct Existing {
    pub service: &'static str,
    /// Calls that hand a role to them, for whoever may pass it, beside those that make something new.
    pub hand: &'static [&'static str],
    /// Calls that reach the role which they have, without passing it.
    pub reach: &'static [&'static str],
}

pub const EXISTING: [Existing; 12] = [
    Existing {
        service: "ec2.amazonaws.com",
        hand: &[
            "autoscaling:CreateAutoScalingGroup",
            "autoscaling:CreateLaunchConfiguration",
            "autoscaling:UpdateAutoScalingGroup",
            "batch:CreateComputeEnvironment",
            "ec2:AssociateIamInstanceProfile",
            "ec2:CreateFleet",
            "ec2:CreateLaunchTemplateVersion",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "ec2:RequestSpotFleet",
            "ec2:RequestSpotInstances",
            "eks:CreateNodegroup",
            "elasticbeanstalk:CreateEnvironment",
            "iam:AddRoleToInstanceProfile",
            "imagebuilder:CreateInfrastructureConfiguration",
        ],
        reach: &[
            "codedeploy:CreateDeployment",
            "ec2-instance-connect:SendSSHPublicKey",
            "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
            "ec2:CreateLaunchTemplateVersion",
            "ec2:CreateReplaceRootVolumeTask",
            "ec2:ModifyInstanceAttribute",
            "elasticmapreduce:AddJobFlowSteps",
            "ssm:CreateAssociation",
            "ssm:SendCommand",
            "ssm:StartAutomationExecution",
            "ssm:StartSession",
            "ssm:UpdateAssociation",
        ],
    },
    Existing {
        service: "lambda.amazonaws.com",
        hand: &["lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"],
        reach: &["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
    },
    Existing {
        service: "cloudformation.amazonaws.com",
        hand: &["cloudformation:CreateStackSet", "cloudformation:UpdateStackSet"],
        reach: &[
            "cloudformation:CreateChangeSet",
            "cloudformation:CreateStackInstances",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:UpdateStack",
            "cloudformation:UpdateStackSet",
        ],
    },
    Existing {
        service: "glue.amazonaws.com",
        hand: &["glue:CreateSession", "glue:CreateTrigger", "glue:UpdateTrigger"],
        reach: &["glue:RunStatement", "glue:StartJobRun", "glue:UpdateDevEndpoint", "glue:UpdateJob"],
    },
    Existing {
        service: "sagemaker.amazonaws.com",
        hand: &[
            "sagemaker:CreateAutoMLJob",
            "sagemaker:CreateDomain",
            "sagemaker:CreateHyperParameterTuningJob",
            "sagemaker:CreateModel",
            "sagemaker:CreateNotebookInstance",
            "sagemaker:CreatePipeline",
            "sagemaker:CreateUserProfile",
        ],
        reach: &[
            "sagemaker:CreatePresignedDomainUrl",
            "sagemaker:CreatePresignedNotebookInstanceUrl",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:UpdateNotebookInstanceLifecycleConfig",
        ],
    },
    Existing {
        service: "states.amazonaws.com",
        hand: &["states:CreateStateMachine", "states:UpdateStateMachine"],
        reach: &["states:UpdateStateMachine"],
    },
    Existing { service: "scheduler.amazonaws.com", hand: &["scheduler:UpdateSchedule"], reach: &[] },
    Existing {
        service: "ssm.amazonaws.com",
        hand: &["ssm:CreateAssociation", "ssm:RegisterTaskWithMaintenanceWindow", "ssm:UpdateAssociation"],
        reach: &["ssm:UpdateDocument", "ssm:UpdateMaintenanceWindowTask"],
    },
    Existing {
        service: "ecs-tasks.amazonaws.com",
        hand: &["ecs:CreateService", "ecs:RunTask", "ecs:StartTask", "ecs:UpdateService"],
        reach: &["batch:SubmitJob", "ecs:ExecuteCommand"],
    },
    Existing {
        service: "codebuild.amazonaws.com",
        hand: &["codebuild:StartBuildBatch", "codebuild:UpdateProject"],
        reach: &["codebuild:StartBuild", "codebuild:StartBuildBatch", "codebuild:UpdateProject"],
    },
    Existing {
        service: "tasks.apprunner.amazonaws.com",
        hand: &["apprunner:UpdateService"],
        reach: &["apprunner:UpdateService"],
    },
    Existing { service: "datapipeline.amazonaws.com", hand: &[], reach: &["datapipeline:PutPipelineDefinition"] },
];

/// What is done to things of a service.
pub fn of(service: &str) -> Option<&'static Existing> {
    EXISTING.iter().find(|existing| existing.service == service)
}

/// All these calls.
pub fn actions() -> impl Iterator<Item = &'static str> {
    EXISTING.iter().flat_map(|existing| existing.hand.iter().chain(existing.reach)).copied()
}

/// Those that need no role to be passed.
pub fn reaching() -> impl Iterator<Item = &'static str> {
    EXISTING.iter().flat_map(|existing| existing.reach).copied()
}
