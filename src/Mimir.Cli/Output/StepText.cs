using Mimir.Runtime.Benchmarks;

namespace Mimir.Cli.Output;

/// <summary>How far the timing of a step is.</summary>
internal static class StepText
{
    /// <summary>A step that was just timed.</summary>
    public static string Progress(StepCase what, int count, double seconds) => $"{what}: step {count}, {seconds:0.000} s";
}
