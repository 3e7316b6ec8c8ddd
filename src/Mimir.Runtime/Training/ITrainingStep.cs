using Mimir.Runtime.Data;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>What the training loop repeats: the gradients of one batch, whatever the stage.</summary>
public interface ITrainingStep : IDisposable
{
    /// <summary>The model that learns.</summary>
    Model Model { get; }

    /// <summary>Where the gradients are added up.</summary>
    GradientShards Gradients { get; }

    /// <summary>Names of what <see cref="Run"/> measures; the first is the loss.</summary>
    IReadOnlyList<string> MetricNames { get; }

    /// <summary>Running estimates that a checkpoint keeps; empty where there are none.</summary>
    double[] State { get; set; }

    /// <summary>Adds one batch's gradients and measures.</summary>
    /// <param name="batch">Images and labels.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">The batch's number in the run.</param>
    /// <param name="metrics">Receives one value a name; NaN where a step has none.</param>
    void Run(Batch batch, ulong seed, long step, Span<double> metrics);
}
