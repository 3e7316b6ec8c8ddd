namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>More live registers than a thread can have, and slow instructions in loops.</summary>
internal static class PressureChecks
{
    private const int MaximumRegisters = 255;
    private const int RegistersPerMultiprocessor = 65536;
    private const int RegisterGranularity = 8;

    public static void Run(ControlFlowGraph graph, Findings findings)
    {
        var function = graph.Function;
        var estimate = LiveRegisters.Estimate(graph);
        var cap = Cap(function, out var reason);
        if (estimate > cap)
        {
            findings.Warn(function.Position, "register-pressure",
                $"{function.Name} has about {estimate} registers live at once, {cap} are the limit{reason}: values will be spilt to local memory");
        }
        foreach (var block in graph.Blocks.Where(block => graph.IsInLoop[block.Index]))
        {
            foreach (var instruction in function.Instructions.Skip(block.Start).Take(block.End - block.Start).Where(IsSlowDivision))
                findings.Inform(instruction.Position, "slow-division", $"{instruction.Text} in a loop: a 64-bit integer division takes about a hundred instructions");
        }
    }

    private static bool IsSlowDivision(PtxInstruction instruction) =>
        instruction.Opcode is PtxOpcode.Div or PtxOpcode.Rem
        && instruction.Types[0] is PtxType.S64 or PtxType.U64
        && instruction.Operands[2] is not ImmediateOperand;

    /// <summary>Registers a thread may have: by .maxnreg, or so that the blocks asked for fit a multiprocessor together.</summary>
    private static int Cap(PtxFunction function, out string reason)
    {
        if (function.MaximumRegisters > 0)
        {
            reason = " by .maxnreg";
            return Math.Min(function.MaximumRegisters, MaximumRegisters);
        }
        reason = "";
        if ((function.RequiredBlock ?? function.MaximumBlock) is not { } block)
            return MaximumRegisters;
        var threads = block.Count * Math.Max(1, function.MinimumBlocksPerMultiprocessor);
        var share = (int)(RegistersPerMultiprocessor / Math.Max(1, threads)) / RegisterGranularity * RegisterGranularity;
        if (share >= MaximumRegisters)
            return MaximumRegisters;
        reason = " by the launch bounds";
        return share;
    }
}
