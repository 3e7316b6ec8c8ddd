using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
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

    /// <summary>Arrays that a checkpoint keeps, as what the step left in them is read by the next; none for most.</summary>
    IReadOnlyList<StateTensor> StateTensors => [];

    /// <summary>Adds one batch's gradients and measures.</summary>
    /// <param name="batch">Images and labels.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">The batch's number in the run.</param>
    /// <param name="metrics">Receives one value a name; NaN where a step has none.</param>
    void Run(Batch batch, ulong seed, long step, Span<double> metrics);
}

/// <summary>An array of a step's state.</summary>
/// <param name="Name">Its name in a checkpoint, behind <c>state.</c>.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">The array itself: written by the step, and when a run is resumed.</param>
public sealed record StateTensor(string Name, Shape Shape, DeviceSpan<float> Values);
