namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>What lies between a branch and the place where its ways meet for good.</summary>
internal sealed class BranchRegion
{
    private readonly ControlFlowGraph _graph;

    public BranchRegion(ControlFlowGraph graph, BasicBlock branch)
    {
        _graph = graph;
        var end = graph.ImmediatePostDominator(branch.Index);
        var ways = branch.Successors.Select(successor => Reach(successor, end)).ToArray();
        Blocks = ways.SelectMany(way => way).ToHashSet();
        // The ways meet where they end, and before that wherever both lead.
        Meetings = Blocks.Where(block => graph.Blocks[block].Predecessors.Count > 1 && ways.All(way => way.Contains(block)))
            .Concat(end == graph.Exit ? [] : [end])
            .ToArray();
        Written = Meetings.Count == 0 ? [] : WrittenIn(Blocks);
        IsEarlyExit = end == graph.Exit && branch.Successors.Any(LeadsOnlyOut);
    }

    /// <summary>The blocks that only some of the threads run when the branch diverges.</summary>
    public IReadOnlySet<int> Blocks { get; }

    /// <summary>Blocks at which values of both ways meet.</summary>
    public IReadOnlyList<int> Meetings { get; }

    /// <summary>Registers written in the region, if their values meet anywhere.</summary>
    public IReadOnlyCollection<int> Written { get; }

    /// <summary>Whether all that the branch does is to let threads leave early.</summary>
    public bool IsEarlyExit { get; }

    private HashSet<int> Reach(int start, int end)
    {
        var seen = new HashSet<int>();
        var pending = new Stack<int>([start]);
        while (pending.TryPop(out var block))
        {
            if (block == end || block == _graph.Exit || !seen.Add(block))
                continue;
            foreach (var successor in _graph.Blocks[block].Successors)
                pending.Push(successor);
        }
        return seen;
    }

    private HashSet<int> WrittenIn(IEnumerable<int> blocks)
    {
        var function = _graph.Function;
        var written = new HashSet<int>();
        var registers = new List<PtxRegister>();
        foreach (var block in blocks.Select(block => _graph.Blocks[block]))
        {
            for (var i = block.Start; i < block.End; i++)
            {
                registers.Clear();
                InstructionEffects.AddWrites(function.Instructions[i], registers);
                foreach (var register in registers)
                    written.Add(register.Index);
            }
        }
        return written;
    }

    /// <summary>Whether a way does nothing that other threads wait for before it ends.</summary>
    private bool LeadsOnlyOut(int block)
    {
        for (var steps = 0; steps <= _graph.Blocks.Count; steps++)
        {
            if (block == _graph.Exit)
                return true;
            if (_graph.Blocks[block].Successors.Count > 1 || HasBarrier(_graph.Blocks[block]))
                return false;
            block = _graph.Blocks[block].Successors[0];
        }
        return false;
    }

    private bool HasBarrier(BasicBlock block)
    {
        for (var i = block.Start; i < block.End; i++)
        {
            if (_graph.Function.Instructions[i].Opcode is PtxOpcode.Bar or PtxOpcode.BarWarp)
                return true;
        }
        return false;
    }
}
