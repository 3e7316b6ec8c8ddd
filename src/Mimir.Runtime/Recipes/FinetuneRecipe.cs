using System.Text.Json.Serialization;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>Everything that decides a fine-tuning run, or adversarial training from scratch. The defaults are the published run on CIFAR-10.</summary>
public sealed record FinetuneRecipe
{
    /// <summary>The images.</summary>
    public required DataRecipe Data { get; init; }

    /// <summary>What is done to them.</summary>
    public AugmentationChoice Augment { get; init; }

    /// <summary>The checkpoint whose encoder it starts from; null starts from scratch.</summary>
    public string? Init { get; init; }

    /// <summary>The encoder; with a checkpoint, its own sizes are taken instead.</summary>
    public ModelRecipe Model { get; init; } = new();

    /// <summary>How tokens become one vector.</summary>
    public PoolKind Pool { get; init; }

    /// <summary>The training loss; <c>pgd</c> is cross-entropy on attacked images.</summary>
    public string Loss { get; init; } = "pgd";

    /// <summary>Radius of the attack, in [0, 1].</summary>
    public float Eps { get; init; } = 8f / 255;

    /// <summary>Step of the attack.</summary>
    public float Alpha { get; init; } = 2f / 255;

    /// <summary>Steps of the attack.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>Label smoothing of the training loss.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>Drop-path rate of the last block.</summary>
    public double DropPath { get; init; } = 0.1;

    /// <summary>Rate of a layer over that of the next.</summary>
    public double LayerDecay { get; init; } = 0.65;

    /// <summary>Standard deviation of the head's starting weights after pre-training.</summary>
    public double HeadDeviation { get; init; } = 2e-2;

    /// <summary>Optimiser, schedule and length.</summary>
    public OptimiserRecipe Optimiser { get; init; } = new()
    {
        Epochs = 50,
        WarmupEpochs = 5,
        BaseRate = 0.05,
        MinRate = 1e-6,
        Beta2 = 0.999,
    };

    /// <summary>Decides every random draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>What a step computes.</summary>
    [JsonIgnore]
    public ClassifierObjective Objective => new(new LinfBudget(Eps, Alpha, Steps), (float)LabelSmoothing, DropPath);

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="RecipeException">One is out of range; the message names the option.</exception>
    public void Validate()
    {
        Optimiser.Validate();
        RecipeException.Require(Loss == "pgd", $"--loss '{Loss}' is unknown; use pgd");
        RecipeException.Require(Steps >= 0, $"--steps {Steps} must not be negative");
        RecipeException.Require(LabelSmoothing is >= 0 and < 1, $"--label-smoothing {LabelSmoothing} must lie in 0..1");
        RecipeException.Require(DropPath is >= 0 and < 1, $"--drop-path {DropPath} must lie in 0..1");
        RecipeException.Require(LayerDecay is > 0 and <= 1, $"--layer-decay {LayerDecay} must lie in 0..1, without 0");
        RecipeException.Require(HeadDeviation >= 0, $"--head-deviation {HeadDeviation} must not be negative");
    }
}
