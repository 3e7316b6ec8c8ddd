namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>A run of instructions without a branch or a label inside.</summary>
/// <param name="Index">Its number; blocks are in the order of the body.</param>
/// <param name="Start">Its first instruction.</param>
/// <param name="End">The instruction behind its last.</param>
/// <param name="Successors">Blocks that can run next; <see cref="ControlFlowGraph.Exit"/> stands for the end of the function.</param>
internal sealed record BasicBlock(int Index, int Start, int End, IReadOnlyList<int> Successors)
{
    public List<int> Predecessors { get; } = [];
}
