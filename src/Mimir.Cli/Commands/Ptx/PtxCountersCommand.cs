using System.CommandLine;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Commands.Ptx;

/// <summary><c>mimir ptx counters</c>: what a kernel executes and moves.</summary>
internal sealed class PtxCountersCommand : Verb
{
    private readonly PtxRunOptions _options = new();

    /// <inheritdoc/>
    public override string Name => "ptx counters";

    /// <inheritdoc/>
    public override string Summary => "Runs a kernel as ptx run does, and shows its instructions, memory traffic, bank conflicts, divergence and occupancy.";

    /// <inheritdoc/>
    public override string Usage => PtxRunOptions.Usage;

    /// <inheritdoc/>
    public override Argument<string[]> Files { get; } = new("FILE") { Arity = ArgumentArity.ZeroOrMore };

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => _options.Groups;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes =>
    [
        "Sectors are 32 bytes of global memory. Bytes are what DRAM must move at least. Occupancy is theoretical, from registers estimated by the values that are live at once: "
            + "only the vendor's assembler knows their number.",
        .. PtxRunOptions.Notes,
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var request = _options.Request(parse, Files, Name);
        var result = PtxRun.Execute(request);
        if (_options.Json(parse))
        {
            JsonOutput.Write(context.Out, PtxRunReport.Of(request, result, Name));
        }
        else
        {
            PtxText.Write(request, result, context.Out);
            if (result.Counted is { } counted)
                CountersTable.Write(counted, context.Out);
        }

        return result.Succeeded ? ExitCode.Done : ExitCode.Failed;
    }
}
