using System.Text.Json.Serialization;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>AdamW, its schedule and the length of a run.</summary>
public sealed record OptimiserRecipe
{
    /// <summary>Passes over the training images.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs of linear warm-up.</summary>
    public required double WarmupEpochs { get; init; }

    /// <summary>Images of a batch.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Batches whose gradients are summed before a step.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Rate for 256 images; the rate used is this times batch·accumulate/256 (MAE's rule).</summary>
    public required double BaseRate { get; init; }

    /// <summary>The schedule's end.</summary>
    public double MinRate { get; init; }

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Decay of the first moments.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moments.</summary>
    public required double Beta2 { get; init; }

    /// <summary>Largest norm of the whole gradient; 0 does not clip.</summary>
    public double ClipNorm { get; init; }

    /// <summary>The peak rate.</summary>
    [JsonIgnore]
    public double Rate => BaseRate * Batch * Accumulate / 256;

    /// <summary>The schedule.</summary>
    [JsonIgnore]
    public CosineSchedule Schedule => new(Rate, MinRate, WarmupEpochs, Epochs);

    /// <summary>The same with other epochs, of which the warm-up keeps its share.</summary>
    public OptimiserRecipe WithEpochs(int epochs) => epochs == Epochs
        ? this
        : this with { Epochs = epochs, WarmupEpochs = Math.Round(WarmupEpochs * epochs / Epochs, digits: 6) };

    /// <summary>Checks that an epoch has at least one step.</summary>
    /// <exception cref="RecipeException">A step takes more images than there are.</exception>
    public void RequireImages(int count) => RecipeException.Require(
        (long)Batch * Accumulate <= count,
        Accumulate == 1
            ? $"--batch {Batch} is more than the {count} training images"
            : $"--batch {Batch} x --accumulate {Accumulate} is more than the {count} training images");

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="RecipeException">One is out of range; the message names the option.</exception>
    public void Validate()
    {
        RecipeException.Require(Epochs >= 1, $"--epochs {Epochs} must be at least 1");
        RecipeException.Require(Batch >= 1, $"--batch {Batch} must be at least 1");
        RecipeException.Require(Accumulate >= 1, $"--accumulate {Accumulate} must be at least 1");
        RecipeException.Require(WarmupEpochs >= 0 && WarmupEpochs <= Epochs, $"--warmup-epochs {WarmupEpochs} must lie in 0..{Epochs}, the epochs of the run");
        RecipeException.Require(BaseRate > 0, $"--base-rate {BaseRate} must be positive");
        RecipeException.Require(MinRate >= 0 && MinRate <= Rate, $"--min-rate {MinRate} must lie in 0..{Rate}, the peak rate");
        RecipeException.Require(WeightDecay >= 0, $"--weight-decay {WeightDecay} must not be negative");
        RecipeException.Require(ClipNorm >= 0, $"--clip-norm {ClipNorm} must not be negative");
    }
}
