using Mimir.Cli.Output;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Commands.Ptx;

/// <summary><c>mimir ptx counters</c>: what a kernel executes and moves.</summary>
internal sealed class PtxCountersCommand : PtxLaunchCommand
{
    /// <inheritdoc/>
    public override string Name => "ptx counters";

    /// <inheritdoc/>
    public override string Summary => "Runs a kernel as ptx run does, and shows its instructions, memory traffic, bank conflicts, divergence and occupancy.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes =>
    [
        "Sectors are 32 bytes of global memory. Bytes are what DRAM must move at least. Occupancy is theoretical, from registers estimated by the values that are live at once: "
            + "only the vendor's assembler knows their number.",
        .. base.Notes,
    ];

    /// <inheritdoc/>
    protected override void Write(PtxRunRequest request, PtxRunResult result, TextWriter output)
    {
        base.Write(request, result, output);
        if (result.Counted is { } counted)
            CountersTable.Write(counted, output);
    }
}
