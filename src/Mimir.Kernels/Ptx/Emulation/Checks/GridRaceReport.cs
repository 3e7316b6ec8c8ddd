namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Reports what the blocks of a launch did to each other, once all have run.</summary>
internal sealed class GridRaceReport(LaunchContext context, LaunchRecords records, DiagnosticLog log)
{
    /// <summary>Writes everything to the log.</summary>
    public void Write()
    {
        foreach (var history in records.Histories)
        {
            foreach (var (cell, read, write) in history.NonCoherentReads())
                Report(history, cell, PtxSeverity.Error, DiagnosticKinds.NonCoherentRead, read, false, write, true, "reads by ld.global.nc what is written in the same launch by");
            foreach (var clash in history.Clashes())
            {
                var isEqual = clash.EarlierWrites && clash.LaterWrites && history.AreWritesEqual(clash.Cell);
                Report(
                    history,
                    clash.Cell,
                    isEqual ? PtxSeverity.Information : PtxSeverity.Error,
                    DiagnosticKinds.GlobalRace,
                    clash.Later,
                    clash.LaterWrites,
                    clash.Earlier,
                    clash.EarlierWrites,
                    isEqual ? "writes the same value, without an order between the blocks, as" : "races, as nothing orders the two blocks, with");
            }
        }
    }

    private void Report(
        GridHistory history,
        long cell,
        PtxSeverity severity,
        string kind,
        long entry,
        bool writes,
        long other,
        bool otherWrites,
        string relation)
    {
        var place = new LaunchPlace(GridEntry.InstructionOf(entry), context.BlockOf(GridEntry.BlockOf(entry)), GridEntry.ThreadOf(entry));
        if (log.IsRepeat(severity, kind, place))
            return;
        var otherInstruction = context.Instructions[GridEntry.InstructionOf(other)];
        var address = history.Allocation.Address + (ulong)history.OffsetOf(cell);
        var name = $"{history.Allocation.Name}+{history.OffsetOf(cell)}";
        var message = $"{RaceCheck.Words(context.Instructions[place.Instruction], writes)} at global address 0x{address:x} ({name}) {relation}"
            + $" the {RaceCheck.Words(otherInstruction, otherWrites)} at line {otherInstruction.Position.Line} by thread"
            + $" {context.ThreadOf(GridEntry.ThreadOf(other))} of block {context.BlockOf(GridEntry.BlockOf(other))}";
        log.Describe(severity, kind, place, message, address, name);
    }
}
