using System.Text.Json.Serialization;
using Mimir.Runtime.Benchmarks;

namespace Mimir.Cli.Reports;

/// <summary>What the machine does at best.</summary>
/// <param name="PeakGflopsOneCore">Multiply-adds of one core, in GFLOP/s.</param>
/// <param name="PeakGflops">Of all threads.</param>
/// <param name="BandwidthKernel">What measured the bandwidths.</param>
/// <param name="Bandwidths">The nearest level first.</param>
internal sealed record PeakReport(
    double PeakGflopsOneCore, double PeakGflops, string BandwidthKernel, IReadOnlyList<BandwidthReport> Bandwidths) : Report;

/// <summary>The bandwidth of a level of the memory.</summary>
/// <param name="Level"><c>l2</c>, <c>l3</c> or <c>dram</c>.</param>
/// <param name="GigabytesPerSecondOneCore">One core by itself; null where it was not measured.</param>
/// <param name="GigabytesPerSecond">All threads together.</param>
internal sealed record BandwidthReport(string Level, double? GigabytesPerSecondOneCore, double GigabytesPerSecond);

/// <summary>The bandwidth that kernels are held against.</summary>
/// <param name="Level"><c>l2</c>, <c>l3</c> or <c>dram</c>.</param>
/// <param name="GigabytesPerSecond">All threads together.</param>
internal sealed record LevelReport(string Level, double GigabytesPerSecond);

/// <summary>Kernels beside their limits.</summary>
/// <param name="PeakGflops">Multiply-adds of all threads, in GFLOP/s.</param>
/// <param name="Bandwidths">The nearest level first.</param>
/// <param name="Kernels">One a shape.</param>
internal sealed record KernelsReport(double PeakGflops, IReadOnlyList<LevelReport> Bandwidths, IReadOnlyList<KernelReport> Kernels) : Report;

/// <summary>A timed kernel.</summary>
/// <param name="Kernel">Family and entry.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Note">Its place in a model, and what is fused into it.</param>
/// <param name="Milliseconds">Median of a call.</param>
/// <param name="MillisecondsBest">The shortest.</param>
/// <param name="Gflops">GFLOP/s at the median.</param>
/// <param name="GigabytesPerSecond">GB/s at the median.</param>
/// <param name="ShareOfPeak">Of the peak, or of the bandwidth.</param>
/// <param name="Bound">Which of them is the limit.</param>
internal sealed record KernelReport(
    string Kernel, string Shape, string Note, double Milliseconds, double MillisecondsBest, double Gflops, double GigabytesPerSecond, double ShareOfPeak, Bound Bound)
{
    /// <summary>A timing as JSON takes it.</summary>
    public static KernelReport Of(KernelTiming timing) => new(
        timing.Kernel, timing.Shape, timing.Note, timing.Seconds.Median * 1e3, timing.Seconds.Best * 1e3, timing.Rate.Gflops, timing.Rate.GigabytesPerSecond,
        timing.Rate.ShareOfPeak, timing.Rate.Bound);
}

/// <summary>Timed steps. With a single case its main figures stand at the top as well, where a script looks first.</summary>
/// <param name="Steps">One a case.</param>
internal sealed record StepsReport(IReadOnlyList<StepReport> Steps) : Report
{
    /// <summary>Of the only case; left out where there are several, as are all below.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ImagesPerSecond => Only?.ImagesPerSecond;

    /// <summary>At its shortest time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ImagesPerSecondBest => Only?.ImagesPerSecondBest;

    /// <summary>Its median time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? SecondsPerStep => Only?.SecondsPerStep;

    /// <summary>Multiply-add peak of all threads, probed in the same run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? PeakGflops => Only?.PeakGflops;

    /// <summary>Its share of that peak.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ShareOfPeak => Only?.ShareOfPeak;

    /// <summary>Its work by the usual count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GflopPerImage => Only?.GflopPerImage;

    /// <summary>The most memory resident during its timed steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RssMib => Only?.RssMib;

    private StepReport? Only => Steps.Count == 1 ? Steps[0] : null;
}

/// <summary>A timed step.</summary>
/// <param name="Task">What it does.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Patch">Side of a patch in pixels.</param>
/// <param name="Embed">Width of a token.</param>
/// <param name="Depth">Blocks.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Batch">Images of a step.</param>
/// <param name="Repetitions">Steps timed.</param>
/// <param name="ImagesPerSecond">At the median time.</param>
/// <param name="ImagesPerSecondBest">At the shortest.</param>
/// <param name="SecondsPerStep">Median.</param>
/// <param name="SecondsPerStepBest">The shortest.</param>
/// <param name="PeakGflops">Multiply-add peak of all threads, probed in the same run.</param>
/// <param name="ShareOfPeak">At the median time.</param>
/// <param name="GflopPerImage">Work by the usual count.</param>
/// <param name="Threads">Threads.</param>
/// <param name="RssMib">The most memory resident during the timed steps.</param>
/// <param name="AllocatedBytesPerStep">Managed allocations of an average step.</param>
internal sealed record StepReport(
    StepTask Task, string Model, int Patch, int Embed, int Depth, int Heads, int Batch, int Repetitions, double ImagesPerSecond, double ImagesPerSecondBest,
    double SecondsPerStep, double SecondsPerStepBest, double PeakGflops, double ShareOfPeak, double GflopPerImage, int Threads, double RssMib,
    long AllocatedBytesPerStep)
{
    /// <summary>A timing as JSON takes it.</summary>
    public static StepReport Of(StepTiming timing, int threads)
    {
        var (what, seconds) = (timing.Case, timing.Seconds);
        return new StepReport(
            what.Task, what.Model, what.Encoder.Patch, what.Encoder.Embed, what.Encoder.Depth, what.Encoder.Heads, what.Batch, timing.Repetitions,
            what.Batch / seconds.Median, what.Batch / seconds.Best, seconds.Median, seconds.Best, timing.PeakGflops, timing.ShareOfPeak, what.FlopsOfImage / 1e9,
            threads, timing.ResidentBytes / (double)(1 << 20), timing.AllocatedBytes);
    }
}
