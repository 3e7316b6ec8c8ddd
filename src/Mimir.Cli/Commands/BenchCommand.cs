using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir bench</c>: what stands before the benchmarks.</summary>
internal sealed class BenchCommand : Verb
{
    /// <inheritdoc/>
    public override string Name => "bench";

    /// <inheritdoc/>
    public override string Summary => "Measures this machine, every kernel beside its limits, and whole steps.";

    /// <inheritdoc/>
    public override string Usage => "peak|kernels|step [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [];

    /// <inheritdoc/>
    public override IReadOnlyList<Verb> Parts => field ??= [new BenchPeakCommand(), new BenchKernelsCommand(), new BenchStepCommand()];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context) =>
        throw new UsageException($"give a benchmark: {Usage.Replace(" [options]", "").Replace("|", ", ")} (mimir bench --help says more)");
}
