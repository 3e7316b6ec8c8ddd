using Mimir.Cli.Reports;

namespace Mimir.Cli.Output;

/// <summary>The machine's limits in a line.</summary>
internal static class MachineText
{
    /// <summary>The peak and the bandwidths that rates were held against.</summary>
    public static string Limits(double peakGflops, IReadOnlyList<LevelReport> bandwidths) =>
        $"measured limits of all threads: {peakGflops:0} GFLOP/s, {string.Join(", ", bandwidths.Select(level => $"{level.Level} {level.GigabytesPerSecond:0.0} GB/s"))}";
}
