namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Unreachable code, and bodies that end without ret or exit.</summary>
internal static class FlowChecks
{
    public static void Run(ControlFlowGraph graph, Findings findings)
    {
        var instructions = graph.Function.Instructions;
        for (var i = 0; i < graph.Blocks.Count; i++)
        {
            var block = graph.Blocks[i];
            if (!graph.IsReachable(i) && !IsPadding(instructions, block) && (i == 0 || graph.IsReachable(i - 1)))
                findings.Warn(instructions[block.Start].Position, "unreachable-code", $"no path leads to {instructions[block.Start].Text}");
        }
        if (graph.Blocks.Count == 0 || !graph.IsReachable(graph.Blocks.Count - 1))
            return;
        var last = instructions[^1];
        // Nothing is known of what is called: it may never return.
        if (last.Opcode != PtxOpcode.Call && !(ControlFlowGraph.EndsBlock(last) && last.Guard is null))
            findings.Warn(last.Position, "missing-return", $"{graph.Function.Name} ends without ret or exit behind {last.Text}");
    }

    /// <summary>Compilers put a branch or an end behind what never returns.</summary>
    private static bool IsPadding(IReadOnlyList<PtxInstruction> instructions, BasicBlock block) =>
        ControlFlowGraph.EndsBlock(instructions[block.Start]) || instructions[block.Start].Opcode == PtxOpcode.Brkpt;
}
