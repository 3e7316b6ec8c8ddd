using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;

namespace Mimir.Cli.Commands.Ptx;

/// <summary><c>mimir ptx</c>: what stands before the verbs for anybody's PTX files.</summary>
internal sealed class PtxCommand : Verb
{
    /// <inheritdoc/>
    public override string Name => "ptx";

    /// <inheritdoc/>
    public override string Summary => "Checks, runs and counts PTX kernels, yours too, without a GPU.";

    /// <inheritdoc/>
    public override string Usage => "check|run|counters FILE [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [];

    /// <inheritdoc/>
    public override IReadOnlyList<Verb> Parts => field ??= [new PtxCheckCommand(), new PtxRunCommand(), new PtxCountersCommand()];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context) =>
        throw new UsageException("give what to do with it: check, run, counters (mimir ptx --help says more)");
}
