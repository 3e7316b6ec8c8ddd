namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>The basic blocks of a function with their immediate post-dominators.</summary>
/// <remarks>Post-dominators by Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm", 2001, on the reversed graph.</remarks>
internal sealed class ControlFlowGraph
{
    private readonly int[] _blockOf;
    private readonly int[] _postDominators;
    private readonly bool[] _isReachable;

    private ControlFlowGraph(PtxFunction function)
    {
        Function = function;
        var starts = FindStarts(function.Instructions);
        Blocks = Cut(function.Instructions, starts, out _blockOf);
        foreach (var block in Blocks)
        {
            foreach (var successor in block.Successors.Where(successor => successor != Exit))
                Blocks[successor].Predecessors.Add(block.Index);
        }
        _isReachable = FindReachable();
        _postDominators = FindPostDominators();
        IsInLoop = FindLoops();
    }

    public PtxFunction Function { get; }

    /// <summary>All blocks; the first is the entry.</summary>
    public IReadOnlyList<BasicBlock> Blocks { get; }

    /// <summary>The number that stands for the end of the function.</summary>
    public int Exit => Blocks.Count;

    /// <summary>For each block whether it can run more than once.</summary>
    public IReadOnlyList<bool> IsInLoop { get; }

    public static ControlFlowGraph Of(PtxFunction function) => new(function);

    /// <summary>The block of an instruction.</summary>
    public BasicBlock BlockOf(int instruction) => Blocks[_blockOf[instruction]];

    /// <summary>Whether the entry leads to a block.</summary>
    public bool IsReachable(int block) => _isReachable[block];

    /// <summary>The nearest block that every path from this block to the end passes: where divergent lanes can meet again.
    /// <see cref="Exit"/> when only the end is, or when no path leads there.</summary>
    public int ImmediatePostDominator(int block) => _postDominators[block];

    /// <summary>Whether an instruction ends its block: the next one does not simply follow.</summary>
    public static bool EndsBlock(PtxInstruction instruction) =>
        instruction.Opcode is PtxOpcode.Bra or PtxOpcode.Ret or PtxOpcode.Exit or PtxOpcode.Trap;

    private static SortedSet<int> FindStarts(IReadOnlyList<PtxInstruction> instructions)
    {
        var starts = new SortedSet<int>();
        if (instructions.Count > 0)
            starts.Add(0);
        for (var i = 0; i < instructions.Count; i++)
        {
            if (!EndsBlock(instructions[i]))
                continue;
            starts.Add(i + 1);
            if (instructions[i].Opcode == PtxOpcode.Bra)
                starts.Add(TargetOf(instructions[i]));
        }
        starts.Remove(instructions.Count);
        return starts;
    }

    private static int TargetOf(PtxInstruction branch) => ((LabelOperand)branch.Operands[0]).Target;

    private static BasicBlock[] Cut(IReadOnlyList<PtxInstruction> instructions, SortedSet<int> starts, out int[] blockOf)
    {
        blockOf = new int[instructions.Count + 1];
        var bounds = starts.Append(instructions.Count).ToArray();
        for (var block = 0; block < starts.Count; block++)
            Array.Fill(blockOf, block, bounds[block], bounds[block + 1] - bounds[block]);
        blockOf[instructions.Count] = starts.Count;
        var blocks = new BasicBlock[starts.Count];
        for (var block = 0; block < blocks.Length; block++)
            blocks[block] = new BasicBlock(block, bounds[block], bounds[block + 1], Successors(instructions[bounds[block + 1] - 1], block, blockOf));
        return blocks;
    }

    private static int[] Successors(PtxInstruction last, int block, int[] blockOf)
    {
        if (!EndsBlock(last))
            return [block + 1];
        var target = last.Opcode == PtxOpcode.Bra ? blockOf[TargetOf(last)] : blockOf[^1];
        return last.Guard is null || target == block + 1 ? [target] : [block + 1, target];
    }

    private bool[] FindReachable()
    {
        var reachable = new bool[Blocks.Count];
        var pending = new Stack<int>();
        if (Blocks.Count > 0)
            pending.Push(0);
        while (pending.TryPop(out var block))
        {
            if (block == Exit || reachable[block])
                continue;
            reachable[block] = true;
            foreach (var successor in Blocks[block].Successors)
                pending.Push(successor);
        }
        return reachable;
    }

    private int[] FindPostDominators()
    {
        var order = PostorderFromExit();
        var rank = new int[Blocks.Count + 1];
        for (var i = 0; i < order.Count; i++)
            rank[order[i]] = i;
        var dominators = new int[Blocks.Count + 1];
        Array.Fill(dominators, -1);
        dominators[Exit] = Exit;
        var isChanged = true;
        while (isChanged)
        {
            isChanged = false;
            for (var i = order.Count - 1; i >= 0; i--)
            {
                if (order[i] == Exit)
                    continue;
                var nearest = -1;
                foreach (var successor in Blocks[order[i]].Successors.Where(successor => dominators[successor] >= 0))
                    nearest = nearest < 0 ? successor : Meet(nearest, successor, dominators, rank);
                isChanged |= dominators[order[i]] != nearest;
                dominators[order[i]] = nearest;
            }
        }
        for (var block = 0; block < Blocks.Count; block++)
            dominators[block] = dominators[block] < 0 ? Exit : dominators[block];
        return dominators;
    }

    private static int Meet(int one, int other, int[] dominators, int[] rank)
    {
        while (one != other)
        {
            while (rank[one] < rank[other])
                one = dominators[one];
            while (rank[other] < rank[one])
                other = dominators[other];
        }
        return one;
    }

    /// <summary>Blocks that reach the end, in postorder of the reversed graph: the end comes last.</summary>
    private List<int> PostorderFromExit()
    {
        var exits = Blocks.Where(block => block.Successors.Contains(Exit)).Select(block => block.Index).ToArray();
        var order = new List<int>(Blocks.Count + 1);
        var seen = new bool[Blocks.Count + 1];
        var stack = new Stack<(int Block, int Next)>();
        stack.Push((Exit, 0));
        seen[Exit] = true;
        while (stack.TryPop(out var top))
        {
            IReadOnlyList<int> sources = top.Block == Exit ? exits : Blocks[top.Block].Predecessors;
            if (top.Next == sources.Count)
            {
                order.Add(top.Block);
                continue;
            }
            stack.Push((top.Block, top.Next + 1));
            var next = sources[top.Next];
            if (!seen[next])
            {
                seen[next] = true;
                stack.Push((next, 0));
            }
        }
        return order;
    }

    /// <summary>Tarjan's strongly connected components, without recursion: a block loops when its component has more than itself or an edge to itself.</summary>
    private bool[] FindLoops()
    {
        var loops = new bool[Blocks.Count];
        var number = new int[Blocks.Count];
        var low = new int[Blocks.Count];
        var isOpen = new bool[Blocks.Count];
        var component = new Stack<int>();
        var work = new Stack<(int Block, int Next)>();
        var count = 0;
        for (var root = 0; root < Blocks.Count; root++)
        {
            if (number[root] != 0)
                continue;
            work.Push((root, 0));
            while (work.TryPop(out var top))
            {
                var block = top.Block;
                if (top.Next == 0)
                {
                    number[block] = low[block] = ++count;
                    component.Push(block);
                    isOpen[block] = true;
                }
                else if (Blocks[block].Successors[top.Next - 1] is var done && done != Exit && isOpen[done])
                {
                    low[block] = Math.Min(low[block], low[done]);
                }
                if (top.Next < Blocks[block].Successors.Count)
                {
                    work.Push((block, top.Next + 1));
                    var next = Blocks[block].Successors[top.Next];
                    if (next != Exit && number[next] == 0)
                        work.Push((next, 0));
                }
                else if (low[block] == number[block])
                {
                    CloseComponent(block, component, isOpen, loops);
                }
            }
        }
        return loops;
    }

    private void CloseComponent(int root, Stack<int> component, bool[] isOpen, bool[] loops)
    {
        var isLoop = component.Peek() != root || Blocks[root].Successors.Contains(root);
        int block;
        do
        {
            block = component.Pop();
            isOpen[block] = false;
            loops[block] = isLoop;
        }
        while (block != root);
    }
}
