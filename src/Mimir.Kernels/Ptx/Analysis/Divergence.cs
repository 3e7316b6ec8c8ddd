namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Divergence analysis after Coutinho et al., "Divergence Analysis and Optimizations", 2011, flow-sensitive because PTX written by
/// hand uses its registers again: values that depend on the thread's index are divergent, and so are those that meet where the ways of a
/// divergent branch meet. Runs to a fixed point.</summary>
internal sealed class Divergence
{
    private const long MaximumRegionBlocks = 10_000_000;

    private readonly ControlFlowGraph _graph;
    private readonly RegisterDefinitions _definitions;
    private readonly ThreadValues _values;
    private readonly ThreadForm[]?[] _before;
    private readonly ControlDependence[] _blocks;
    private readonly Uniformity[] _guards;
    private readonly Dictionary<int, BranchRegion> _regions = [];
    private readonly List<(IReadOnlyCollection<int> Written, int Branch)>?[] _meetings;
    private readonly Liveness _liveness;

    /// <summary>What is known at the instruction being looked at; kept between blocks for live registers only.</summary>
    private readonly ThreadForm[] _forms;

    /// <summary>Blocks in all regions together: past some millions the function is too tangled to follow.</summary>
    private long _regionBlocks;

    public Divergence(ControlFlowGraph graph, RegisterDefinitions definitions)
    {
        (_graph, _definitions) = (graph, definitions);
        _values = new ThreadValues(graph.Function, definitions);
        _before = new ThreadForm[graph.Blocks.Count][];
        _blocks = new ControlDependence[graph.Blocks.Count];
        _guards = new Uniformity[graph.Function.Instructions.Count];
        _meetings = new List<(IReadOnlyCollection<int>, int)>[graph.Blocks.Count];
        _liveness = Liveness.Of(graph);
        _forms = new ThreadForm[graph.Function.Registers.Count];
        Array.Fill(_forms, ThreadForm.Unwritten);
        if (graph.Blocks.Count == 0)
            return;
        _before[0] = NewForms(0);
        var isChanged = true;
        while (isChanged && IsComplete)
        {
            isChanged = false;
            for (var block = 0; block < graph.Blocks.Count; block++)
                isChanged |= _before[block] is not null && Visit(graph.Blocks[block]);
        }
    }

    /// <summary>Whether the function could be followed to the end. If not, nothing is known.</summary>
    public bool IsComplete => _regionBlocks < MaximumRegionBlocks;

    /// <summary>How far threads may differ in whether they come to an instruction.</summary>
    public ControlDependence Control(int instruction) => _blocks[_graph.BlockOf(instruction).Index];

    /// <summary>How far the value of an instruction's guard may differ.</summary>
    public Uniformity Guard(int instruction) => _guards[instruction];

    /// <summary>Goes through a block once; whether anything new was found.</summary>
    private bool Visit(BasicBlock block)
    {
        var forms = _forms;
        var live = _liveness.In(block.Index);
        for (var i = 0; i < live.Count; i++)
            forms[live[i]] = _before[block.Index]![i];
        foreach (var (written, branch) in _meetings[block.Index] ?? [])
        {
            foreach (var register in written)
                forms[register] = forms[register].Raise(_guards[branch]);
        }
        var isChanged = false;
        var registers = new List<PtxRegister>();
        for (var i = block.Start; i < block.End; i++)
        {
            var instruction = _graph.Function.Instructions[i];
            var guard = instruction.Guard is { } operand ? forms[operand.Register.Index].Level : Uniformity.Block;
            isChanged |= guard > _guards[i];
            _guards[i] = ThreadForm.Max(_guards[i], guard);
            if (instruction.Opcode == PtxOpcode.St)
                isChanged |= _values.Store(instruction, forms, ThreadForm.Max(_blocks[block.Index].Level, guard));
            registers.Clear();
            InstructionEffects.AddWrites(instruction, registers);
            if (registers.Count == 0)
                continue;
            var result = _values.Result(instruction, forms);
            if (result.Level == Uniformity.Divergent && result.Term == 0 && registers.Count == 1 && IsFixed(registers[0], block))
                result = new ThreadForm(Uniformity.Block, _values.TermOf(registers[0]));
            foreach (var register in registers)
                forms[register.Index] = instruction.Guard is null ? result : forms[register.Index].Join(result).Raise(guard);
        }
        foreach (var successor in block.Successors.Where(successor => successor != _graph.Exit))
            isChanged |= Join(successor);
        if (block.Successors.Count > 1 && _guards[block.End - 1] != Uniformity.Block)
            isChanged |= Split(block);
        return isChanged;
    }

    /// <summary>Whether a register gets one value, once: then that value can be a term of others.</summary>
    private bool IsFixed(PtxRegister register, BasicBlock block) =>
        _definitions.Only(register) is { Guard: null } && !_graph.IsInLoop[block.Index];

    /// <summary>Hands what is known at the end of a block to one that follows.</summary>
    private bool Join(int block)
    {
        var isChanged = _before[block] is null;
        var before = _before[block] ??= NewForms(block);
        var live = _liveness.In(block);
        for (var i = 0; i < live.Count; i++)
        {
            var joined = before[i].Join(_forms[live[i]]);
            isChanged |= joined != before[i];
            before[i] = joined;
        }
        return isChanged;
    }

    private ThreadForm[] NewForms(int block)
    {
        var forms = new ThreadForm[_liveness.In(block).Count];
        Array.Fill(forms, ThreadForm.Unwritten);
        return forms;
    }

    /// <summary>The blocks between a branch whose predicate differs and the place where its ways meet again are run by some threads only.</summary>
    private bool Split(BasicBlock block)
    {
        if (!_regions.TryGetValue(block.Index, out var region))
        {
            region = new BranchRegion(_graph, block);
            _regions.Add(block.Index, region);
            _regionBlocks += region.Blocks.Count;
            foreach (var meeting in region.Meetings)
                (_meetings[meeting] ??= []).Add((region.Written, block.End - 1));
        }
        var level = _guards[block.End - 1];
        var branch = _graph.Function.Instructions[block.End - 1];
        var isChanged = false;
        foreach (var inside in region.Blocks)
        {
            var known = _blocks[inside];
            if (known.Level > level || (known.Level == level && (!known.IsEarlyExit || region.IsEarlyExit)))
                continue;
            isChanged = true;
            _blocks[inside] = new ControlDependence(level, branch, region.IsEarlyExit);
        }
        return isChanged;
    }
}
