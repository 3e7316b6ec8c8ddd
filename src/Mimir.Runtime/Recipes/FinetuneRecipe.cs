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

    /// <summary>What is asked of the classifier.</summary>
    public TrainingLoss Loss { get; init; }

    /// <summary>β, the weight of the divergence in <see cref="TrainingLoss.Trades"/> and <see cref="TrainingLoss.Mart"/>.</summary>
    public double Beta { get; init; } = 6;

    /// <summary>How often <see cref="TrainingLoss.Free"/> trains on a batch before it takes the next.</summary>
    public int Replays { get; init; } = 8;

    /// <summary>Radius of the attack, in [0, 1].</summary>
    public float Eps { get; init; } = 8f / 255;

    /// <summary>Step of the attack.</summary>
    public float Alpha { get; init; } = 2f / 255;

    /// <summary>Steps of the attack.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>Epochs over which ε rises from 0; 0: it does not.</summary>
    public int EpsWarmupEpochs { get; init; }

    /// <summary>The curve on which it rises.</summary>
    public WarmupForm EpsWarmup { get; init; }

    /// <summary>Epochs over which the step of the attack rises from 0; 0: it does not.</summary>
    public int AlphaWarmupEpochs { get; init; }

    /// <summary>What to do about catastrophic overfitting.</summary>
    public OverfittingResponse OnOverfitting { get; init; }

    /// <summary>Step of the overfitting guard's attack; null: a quarter of ε, as 2/255 is of 8/255.</summary>
    public float? GuardAlpha { get; init; }

    /// <summary>Label smoothing of the training loss; <see cref="TrainingLoss.Trades"/> and <see cref="TrainingLoss.Mart"/> use none.</summary>
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
    public ClassifierObjective Objective => new(new AttackBudget(Eps, Alpha, Steps), (float)LabelSmoothing, DropPath) { Loss = Loss, Beta = (float)Beta };

    /// <summary>How the attack grows over the first epochs.</summary>
    [JsonIgnore]
    public AttackWarmup AttackWarmup => new(EpsWarmupEpochs, EpsWarmup, AlphaWarmupEpochs);

    /// <summary>The overfitting guard's attack.</summary>
    [JsonIgnore]
    public AttackBudget GuardBudget => new(Eps, GuardAlpha ?? Eps / 4, OverfittingGuard.Steps);

    /// <summary>How often every batch is trained on.</summary>
    [JsonIgnore]
    public int ReplaysOfABatch => Loss == TrainingLoss.Free ? Replays : 1;

    /// <summary>Optimiser and schedule in passes over the images. With replays there are fewer than <see cref="OptimiserRecipe.Epochs"/> says,
    /// so that as many steps are taken: epochs / replays, rounded up (Shafahi et al. 2019).</summary>
    [JsonIgnore]
    public OptimiserRecipe Passes => ReplaysOfABatch == 1 ? Optimiser : Optimiser with
    {
        Epochs = (Optimiser.Epochs + Replays - 1) / Replays,
        WarmupEpochs = Optimiser.WarmupEpochs / Replays,
    };

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="RecipeException">One is out of range; the message names the option.</exception>
    public void Validate()
    {
        Optimiser.Validate();
        RecipeException.Require(Beta is >= 0 and <= 1e6, $"--beta {Beta} must lie in 0..1000000");
        RecipeException.Require(Replays >= 1, $"--replays {Replays} must be at least 1");
        RecipeException.Require(
            Loss != TrainingLoss.Free || Optimiser.Accumulate == 1,
            $"--accumulate {Optimiser.Accumulate} does not go with --loss free, which changes the weights at every replay");
        RequireWarmup("--eps-warmup-epochs", EpsWarmupEpochs);
        RequireWarmup("--alpha-warmup-epochs", AlphaWarmupEpochs);
        RecipeException.Require(Steps >= 0, $"--steps {Steps} must not be negative");
        RecipeException.Require(LabelSmoothing is >= 0 and < 1, $"--label-smoothing {LabelSmoothing} must lie in 0..1");
        RecipeException.Require(DropPath is >= 0 and < 1, $"--drop-path {DropPath} must lie in 0..1");
        RecipeException.Require(LayerDecay is > 0 and <= 1, $"--layer-decay {LayerDecay} must lie in 0..1, without 0");
        RecipeException.Require(HeadDeviation >= 0, $"--head-deviation {HeadDeviation} must not be negative");
    }

    private void RequireWarmup(string option, int epochs) => RecipeException.Require(
        epochs >= 0 && epochs <= Passes.Epochs,
        $"{option} {epochs} must lie in 0..{Passes.Epochs}, the {(ReplaysOfABatch == 1 ? "epochs of the run" : "run's passes over the images")}");
}
