using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Options;

/// <summary>AdamW, its schedule and the length of a run.</summary>
internal static class OptimiserOptions
{
    /// <summary>The options.</summary>
    /// <param name="defaults">Named in the help.</param>
    /// <param name="baseRate">The default of <c>--base-rate</c> in words.</param>
    /// <param name="prefix">What the names of the options begin with.</param>
    public static SettingGroup<OptimiserRecipe> Group(OptimiserRecipe defaults, string baseRate, string prefix = "--") => new("Optimiser and schedule", [
        Setting.Whole<OptimiserRecipe>($"{prefix}epochs", 1, $"Passes over the training images (default {defaults.Epochs}).", o => o.Epochs, (o, v) => o.WithEpochs(v)),
        Setting.Number<OptimiserRecipe>(
            $"{prefix}warmup-epochs", $"Epochs of linear warm-up, 0 to {prefix}epochs (default {100 * defaults.WarmupEpochs / defaults.Epochs} % of {prefix}epochs).",
            o => o.WarmupEpochs, (o, v) => o with { WarmupEpochs = v }),
        Setting.Whole<OptimiserRecipe>($"{prefix}batch", 1, $"Images of a batch (default {defaults.Batch}).", o => o.Batch, (o, v) => o with { Batch = v }),
        Setting.Whole<OptimiserRecipe>(
            $"{prefix}accumulate", 1, $"Batches whose gradients are averaged before a step (default {defaults.Accumulate}).", o => o.Accumulate, (o, v) => o with { Accumulate = v }),
        Setting.Number<OptimiserRecipe>(
            $"{prefix}base-rate", $"Learning rate for 256 images; the peak rate is this x batch x accumulate / 256 (default {baseRate}).",
            o => o.BaseRate, (o, v) => o with { BaseRate = v }),
        Setting.Number<OptimiserRecipe>($"{prefix}min-rate", $"Learning rate at the end of the cosine (default {defaults.MinRate}).", o => o.MinRate, (o, v) => o with { MinRate = v }),
        Setting.Number<OptimiserRecipe>($"{prefix}weight-decay", $"Decoupled weight decay, from 0 (default {defaults.WeightDecay}).", o => o.WeightDecay, (o, v) => o with { WeightDecay = v }),
        Setting.Number<OptimiserRecipe>(
            $"{prefix}clip-norm", $"Largest norm of the whole gradient; 0 does not clip (default {defaults.ClipNorm}).", o => o.ClipNorm, (o, v) => o with { ClipNorm = v }),
    ]);
}
