using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;

namespace Mimir.Runtime.Benchmarks;

/// <summary>A whole step to time: what, of which model, on how many images of CIFAR-10's size.</summary>
/// <param name="Task">What it does.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Encoder">Its sizes.</param>
/// <param name="Batch">Images of a step.</param>
public sealed record StepCase(StepTask Task, string Model, EncoderConfig Encoder, int Batch)
{
    /// <summary>Classes of a classifier.</summary>
    public const int Classes = 10;

    /// <summary>Attack steps of adversarial training.</summary>
    public const int TrainingAttackSteps = 10;

    /// <summary>Attack steps of an evaluation.</summary>
    public const int EvaluationAttackSteps = 20;

    private static readonly ImageShape s_images = new(3, 32, 32);

    /// <summary>The three models that are always measured, with their batches.</summary>
    public static IReadOnlyList<(ModelRecipe Model, int Batch)> Standard { get; } =
    [
        (new ModelRecipe { Name = "vit_ti", Patch = 4 }, 128),
        (new ModelRecipe { Name = "vit_ti", Patch = 2 }, 64),
        (new ModelRecipe { Name = "vit_small", Patch = 4 }, 64),
    ];

    /// <summary>Floating-point operations for one image, by the usual count.</summary>
    public double FlopsOfImage => Task switch
    {
        StepTask.Pretrain => StepWork.Pretraining(Encoder),
        StepTask.Finetune => StepWork.Finetuning(Encoder, Classes, TrainingAttackSteps),
        StepTask.Trades => StepWork.Trades(Encoder, Classes, TrainingAttackSteps),
        _ => StepWork.Evaluation(Encoder, Classes, EvaluationAttackSteps),
    };

    /// <summary>The case of a model.</summary>
    /// <exception cref="ModelConfigException">The model's sizes do not fit together, or the task cannot run on them.</exception>
    public static StepCase Of(StepTask task, ModelRecipe model, int batch)
    {
        var encoder = model.For(s_images);
        if (task == StepTask.Pretrain && batch < 2)
            throw new ModelConfigException($"--batch {batch} must be at least 2 with --task pretrain: the penalty compares images");
        if (task == StepTask.Pretrain && PatchMask.KeptOf(encoder.Patches, StepWork.MaskRatio) < 1)
            throw new ModelConfigException($"--patch {encoder.Patch} makes {encoder.Patches} patches, and --task pretrain shows none of them at a mask ratio of {StepWork.MaskRatio}");
        return new StepCase(task, model.Name, encoder, batch);
    }

    /// <summary>Such as <c>pretrain vit_ti p4 b128</c>.</summary>
    public override string ToString() => $"{Task.ToString().ToLowerInvariant()} {Model} p{Encoder.Patch} b{Batch}";
}
