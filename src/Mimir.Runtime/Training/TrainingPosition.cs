using System.Text.Json.Serialization;

namespace Mimir.Runtime.Training;

/// <summary>How far a run is: with the parameters, the moments and the seed this is the whole of its state.</summary>
public sealed record TrainingPosition
{
    /// <summary>The epoch under way, or the number of epochs when all are done.</summary>
    public int Epoch { get; init; }

    /// <summary>Batches of that epoch done.</summary>
    public int Batch { get; init; }

    /// <summary>Batches done in all: the number that random draws hang on.</summary>
    public long Step { get; init; }

    /// <summary>Optimiser steps taken.</summary>
    public long OptimiserSteps { get; init; }

    /// <summary>Sums of the epoch's metrics so far.</summary>
    public double[] MetricSums { get; init; } = [];

    /// <summary>How many values each sum holds.</summary>
    public long[] MetricCounts { get; init; } = [];

    /// <summary>Running estimates of the step.</summary>
    public double[] StepState { get; init; } = [];

    /// <summary>What the overfitting guard saw last; null before its first look, and where there is no guard.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GuardMemory? Guard { get; init; }

    /// <summary>Seconds of training so far.</summary>
    public double Seconds { get; init; }
}
