using Mimir.Runtime.Benchmarks;

namespace Mimir.Cli.Reports;

/// <summary>Where the time of a step goes.</summary>
/// <param name="Task">What the step does.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Patch">Side of a patch in pixels.</param>
/// <param name="Embed">Width of a token.</param>
/// <param name="Depth">Blocks.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Batch">Images of the step.</param>
/// <param name="SecondsPerStep">The step that is shown.</param>
/// <param name="PeakGflops">Multiply-add peak of all threads, probed in the same run.</param>
/// <param name="ShareOfPeak">Of the step, by the usual count of work.</param>
/// <param name="GflopPerImage">That count.</param>
/// <param name="Bandwidths">Of all threads, the nearest level first.</param>
/// <param name="Kernels">By kernel and shape, the longest first.</param>
/// <param name="OutsideKernels">Time outside kernels, a lane an entry.</param>
/// <param name="Trace">The file with every call; null where none was asked for.</param>
internal sealed record ProfileReport(
    StepTask Task, string Model, int Patch, int Embed, int Depth, int Heads, int Batch, double SecondsPerStep, double PeakGflops, double ShareOfPeak, double GflopPerImage,
    IReadOnlyList<LevelReport> Bandwidths, IReadOnlyList<ProfileRowReport> Kernels, IReadOnlyList<OutsideReport> OutsideKernels, string? Trace) : Report
{
    /// <summary>A profile as JSON takes it.</summary>
    public static ProfileReport Of(StepProfile profile, string? trace, string verb, string device, int simdBits)
    {
        var (what, limits) = (profile.Case, profile.Limits);
        var laneMilliseconds = profile.Seconds * 1e3 * limits.Lanes;
        return new ProfileReport(
            what.Task, what.Model, what.Encoder.Patch, what.Encoder.Embed, what.Encoder.Depth, what.Encoder.Heads, what.Batch, profile.Seconds, limits.PeakGflops,
            what.FlopsOfImage * what.Batch / profile.Seconds / 1e9 / limits.PeakGflops, what.FlopsOfImage / 1e9,
            [.. limits.Levels.Select(level => new LevelReport(level.Name, level.GigabytesPerSecond))],
            [.. profile.Rows.Select(ProfileRowReport.Of)],
            [.. profile.OutsideSeconds.Select((seconds, lane) => new OutsideReport(lane, seconds * 1e3, seconds * 1e3 / laneMilliseconds))], trace)
        {
            Verb = verb,
            Device = device,
            Threads = limits.Lanes,
            SimdBits = simdBits,
            Seed = StepUnderTest.Seed,
        };
    }
}

/// <summary>All calls of a kernel with one shape.</summary>
/// <param name="Kernel">Family and entry.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Form">What is fused into it, or which form ran.</param>
/// <param name="Calls">How many.</param>
/// <param name="Milliseconds">Lane time of all calls.</param>
/// <param name="ShareOfTime">Of the step's lane time.</param>
/// <param name="Flops">Operations of all calls.</param>
/// <param name="Bytes">Bytes of all calls.</param>
/// <param name="Gflops">GFLOP/s of a lane.</param>
/// <param name="GigabytesPerSecond">GB/s of a lane.</param>
/// <param name="ShareOfPeak">Of the lane's peak, or of its bandwidth.</param>
/// <param name="Bound">Which of them is the limit.</param>
internal sealed record ProfileRowReport(
    string Kernel, string Shape, string Form, int Calls, double Milliseconds, double ShareOfTime, double Flops, double Bytes, double Gflops, double GigabytesPerSecond,
    double ShareOfPeak, Bound Bound)
{
    /// <summary>A row as JSON takes it.</summary>
    public static ProfileRowReport Of(ProfileRow row) => new(
        row.Kernel, row.Shape.ToString(), row.Shape.Form, row.Calls, row.Seconds * 1e3, row.Share, row.Flops, row.Bytes, row.Rate.Gflops, row.Rate.GigabytesPerSecond,
        row.Rate.ShareOfPeak, row.Rate.Bound);
}

/// <summary>Time that a lane spent outside kernels.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Milliseconds">How long.</param>
/// <param name="ShareOfTime">Of the step's lane time.</param>
internal sealed record OutsideReport(int Lane, double Milliseconds, double ShareOfTime);
