using Mimir.Runtime.Training;

namespace Mimir.Cli.Reports;

/// <summary>A training run that reached its end.</summary>
/// <param name="Out">The run folder.</param>
/// <param name="Checkpoint">The trained model.</param>
/// <param name="Images">Training images.</param>
/// <param name="Parameters">Trained numbers of the model.</param>
/// <param name="Recipe">What was asked for.</param>
/// <param name="LastEpoch">What the last epoch measured.</param>
internal sealed record TrainingReport<TRecipe>(
    string Out, string Checkpoint, int Images, long Parameters, TRecipe Recipe, EpochReport LastEpoch) : Report;
