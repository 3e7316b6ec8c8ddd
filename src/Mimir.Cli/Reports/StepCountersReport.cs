using Mimir.Runtime.Benchmarks;

namespace Mimir.Cli.Reports;

/// <summary>What the kernels of a step do, counted by the emulator.</summary>
/// <param name="Task">What the step does.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Patch">Side of a patch in pixels.</param>
/// <param name="Embed">Width of a token.</param>
/// <param name="Depth">Blocks.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Batch">Images of the step.</param>
/// <param name="EmulationSeconds">How long the emulation took; nothing of a GPU's time.</param>
/// <param name="Kernels">By entry, the most instructions first.</param>
internal sealed record StepCountersReport(
    StepTask Task, string Model, int Patch, int Embed, int Depth, int Heads, int Batch, double EmulationSeconds, IReadOnlyList<CountersReport> Kernels) : Report
{
    /// <summary>Counters as JSON takes them.</summary>
    public static StepCountersReport Of(StepCounters step, string verb, string device) => new(
        step.Case.Task, step.Case.Model, step.Case.Encoder.Patch, step.Case.Encoder.Embed, step.Case.Encoder.Depth, step.Case.Encoder.Heads, step.Case.Batch, step.Seconds,
        [.. step.Kernels.Select(CountersReport.Of)])
    {
        Verb = verb,
        Device = device,
        Threads = 1,
        SimdBits = 0,
        Seed = StepUnderTest.Seed,
    };
}
