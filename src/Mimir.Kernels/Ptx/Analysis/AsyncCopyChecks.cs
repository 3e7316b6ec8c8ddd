namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Shared memory read after cp.async with no wait on the way.</summary>
/// <remarks>A path that has waited once is taken to keep a pipeline of copies: in it reads of one stage follow copies into the next.</remarks>
internal static class AsyncCopyChecks
{
    /// <summary>What is known at one place of the paths that lead there.</summary>
    private enum State
    {
        /// <summary>Not reached yet.</summary>
        Unknown,

        /// <summary>No copy was issued, or a wait has been seen since the first.</summary>
        Safe,

        /// <summary>On some path a copy was issued and nothing has waited since.</summary>
        Pending,
    }

    public static void Run(ControlFlowGraph graph, Findings findings)
    {
        if (graph.Blocks.Count == 0 || !graph.Function.Instructions.Any(instruction => instruction.Opcode == PtxOpcode.CpAsync))
            return;
        // Two kinds of paths meet at a block: those that have not waited yet, and those that have.
        var before = new (State Fresh, State Waited)[graph.Blocks.Count];
        before[0] = (State.Safe, State.Unknown);
        var pending = new SortedSet<int> { 0 };
        while (pending.Count > 0)
        {
            var index = pending.Min;
            pending.Remove(index);
            var after = Follow(graph, index, before[index], null);
            foreach (var successor in graph.Blocks[index].Successors.Where(successor => successor != graph.Exit))
            {
                var joined = (Max(before[successor].Fresh, after.Fresh), Max(before[successor].Waited, after.Waited));
                if (joined == before[successor])
                    continue;
                before[successor] = joined;
                pending.Add(successor);
            }
        }
        var reporter = new Reporter(findings);
        foreach (var block in graph.Blocks.Where(block => graph.IsReachable(block.Index)))
            Follow(graph, block.Index, before[block.Index], reporter);
    }

    private static State Max(State one, State other) => one > other ? one : other;

    private static (State Fresh, State Waited) Follow(ControlFlowGraph graph, int index, (State Fresh, State Waited) state, Reporter? reporter)
    {
        var block = graph.Blocks[index];
        for (var i = block.Start; i < block.End; i++)
        {
            var instruction = graph.Function.Instructions[i];
            switch (instruction.Opcode)
            {
                case PtxOpcode.CpAsync when state.Fresh != State.Unknown:
                    state.Fresh = State.Pending;
                    break;
                case PtxOpcode.CpAsyncWaitAll or PtxOpcode.CpAsyncWaitGroup:
                    state = (State.Unknown, State.Safe);
                    break;
                case PtxOpcode.Ld or PtxOpcode.Ldmatrix or PtxOpcode.Atom when state.Fresh == State.Pending && ReadsShared(instruction):
                    reporter?.Report(instruction, state.Waited == State.Unknown);
                    break;
            }
        }
        return state;
    }

    private static bool ReadsShared(PtxInstruction instruction) =>
        instruction.Space == StateSpace.Shared || instruction.Opcode == PtxOpcode.Ldmatrix;

    /// <summary>Reports the first read of a kind; the others follow from the same missing wait.</summary>
    private sealed class Reporter(Findings findings)
    {
        private bool _hasWarned;
        private bool _hasInformed;

        public void Report(PtxInstruction instruction, bool onEveryPath)
        {
            if (onEveryPath && !_hasWarned)
            {
                _hasWarned = true;
                findings.Warn(instruction.Position, "missing-wait", $"{instruction.Text} follows cp.async with no cp.async.wait_group or wait_all between");
            }
            // Where other paths have waited, those without may never be taken: the first round of a loop that skips its reads.
            else if (!onEveryPath && !_hasInformed)
            {
                _hasInformed = true;
                findings.Inform(instruction.Position, "missing-wait", $"{instruction.Text} can follow cp.async with no wait between on some path");
            }
        }
    }
}
