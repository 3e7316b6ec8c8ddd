namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Reports what the blocks of a launch did to each other, once all have run.</summary>
internal sealed class GridRaceReport(LaunchContext context, LaunchRecords records, DiagnosticLog log)
{
    /// <summary>Writes everything to the log.</summary>
    public void Write()
    {
        foreach (var history in records.Histories)
        {
            foreach (var clash in history.NonCoherentReads())
                Report(history, clash, PtxSeverity.Error, DiagnosticKinds.NonCoherentRead, "reads by ld.global.nc what is written in the same launch by");
            foreach (var clash in history.Clashes())
            {
                if (clash.EarlierWrites && clash.LaterWrites && history.AreWritesEqual(clash.Cell))
                    Report(history, clash, PtxSeverity.Information, DiagnosticKinds.GlobalRace, "writes the same value, without an order between the blocks, as");
                else
                    Report(history, clash, PtxSeverity.Error, DiagnosticKinds.GlobalRace, "races, as nothing orders the two blocks, with");
            }
        }
    }

    private void Report(GridHistory history, GridClash clash, PtxSeverity severity, string kind, string relation)
    {
        var (later, earlier) = (clash.Later, clash.Earlier);
        var place = new LaunchPlace(GridEntry.InstructionOf(later), context.BlockOf(GridEntry.BlockOf(later)), GridEntry.ThreadOf(later));
        if (log.IsRepeat(severity, kind, place))
            return;
        var other = context.Instructions[GridEntry.InstructionOf(earlier)];
        var offset = history.OffsetOf(clash.Cell);
        var address = history.Allocation.Address + (ulong)offset;
        var name = $"{history.Allocation.Name}+{offset}";
        var message = $"{RaceCheck.Words(context.Instructions[place.Instruction], clash.LaterWrites)} at global address 0x{address:x} ({name}) {relation}"
            + $" the {RaceCheck.Words(other, clash.EarlierWrites)} at line {other.Position.Line} by thread"
            + $" {context.ThreadOf(GridEntry.ThreadOf(earlier))} of block {context.BlockOf(GridEntry.BlockOf(earlier))}";
        log.Describe(severity, kind, place, message, address, name);
    }
}
