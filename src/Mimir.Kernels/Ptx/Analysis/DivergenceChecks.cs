namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Instructions that all threads of a warp or block have to run together, where they may not.</summary>
internal static class DivergenceChecks
{
    public static void Run(ControlFlowGraph graph, Divergence divergence, Findings findings)
    {
        if (!divergence.IsComplete)
            return;
        var instructions = graph.Function.Instructions;
        for (var i = 0; i < instructions.Count; i++)
        {
            if (!graph.IsReachable(graph.BlockOf(i).Index))
                continue;
            if (instructions[i].Opcode == PtxOpcode.Bra)
                CheckUniformBranch(instructions[i], divergence.Guard(i), findings);
            else if (Allowed(instructions[i]) is { } allowed)
                Check(instructions[i], divergence.Control(i), divergence.Guard(i), allowed, findings);
        }
    }

    private static void CheckUniformBranch(PtxInstruction branch, Uniformity level, Findings findings)
    {
        if (branch.Has(PtxModifier.Uni) && branch.Guard is { } guard && level == Uniformity.Divergent)
            findings.Warn(branch.Position, "divergent-uniform-branch", $"bra.uni depends on {guard.Register.Name}, in which the lanes of a warp may differ");
    }

    /// <summary>How far the threads that run an instruction may differ; null when it makes no difference.</summary>
    private static Uniformity? Allowed(PtxInstruction instruction) => instruction.Opcode switch
    {
        // A barrier with a count is for the warps that take part, as is one that only arrives.
        PtxOpcode.Bar when instruction.Text.StartsWith("barrier") && !instruction.Has(PtxModifier.Aligned) => null,
        PtxOpcode.Bar => HasCount(instruction) ? Uniformity.Warp : Uniformity.Block,
        PtxOpcode.Mma or PtxOpcode.Ldmatrix => Uniformity.Warp,
        PtxOpcode.Shfl or PtxOpcode.Vote or PtxOpcode.Match or PtxOpcode.Redux or PtxOpcode.BarWarp when HasFullMask(instruction) => Uniformity.Warp,
        _ => null,
    };

    private static bool HasCount(PtxInstruction barrier) =>
        barrier.Operands.Count - (barrier.Has(PtxModifier.Reduction) ? 2 : 0) > 1;

    private static bool HasFullMask(PtxInstruction instruction) => instruction.Operands[^1] is ImmediateOperand mask && (uint)mask.Bits == uint.MaxValue;

    private static void Check(
        PtxInstruction instruction, ControlDependence control, Uniformity guardLevel, Uniformity allowed, Findings findings)
    {
        var what = instruction.Opcode == PtxOpcode.Bar ? "threads of the block" : "lanes of the warp";
        var kind = instruction.Opcode == PtxOpcode.Bar ? "divergent-barrier" : "divergent-warp-instruction";
        if (instruction.Guard is { } guard && guardLevel > allowed)
        {
            findings.Warn(instruction.Position, kind, $"{instruction.Text} is guarded by {guard.Register.Name}, in which the {what} may differ");
            return;
        }
        if (control.Level <= allowed || control.Branch is not { } branch)
            return;
        if (control.IsEarlyExit)
            findings.Inform(instruction.Position, kind, $"{instruction.Text}: some {what} may have left the kernel at {branch.Position}");
        else
            findings.Warn(instruction.Position, kind, $"{instruction.Text}: not all {what} come here, by the branch at {branch.Position}");
    }
}
