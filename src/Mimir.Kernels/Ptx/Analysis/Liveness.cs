namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Which registers hold a value at the borders of each block that is still to be read.</summary>
/// <remarks>Walks back from every read to the writes that can reach it. The work is in proportion to the answer, so that a body of a hundred
/// thousand registers, most of which live in one block, costs little.</remarks>
internal sealed class Liveness
{
    private readonly List<int>[] _in;
    private readonly List<int>[] _out;

    private Liveness(ControlFlowGraph graph, bool guardedWritesCount)
    {
        var count = graph.Function.Registers.Count;
        _in = NewLists(graph.Blocks.Count);
        _out = NewLists(graph.Blocks.Count);
        var readers = NewLists(count);
        var writers = NewLists(count);
        var lastRead = NewStamps(count);
        var lastWritten = NewStamps(count);
        var registers = new List<PtxRegister>();
        foreach (var block in graph.Blocks)
        {
            for (var i = block.Start; i < block.End; i++)
            {
                var instruction = graph.Function.Instructions[i];
                registers.Clear();
                InstructionEffects.AddReads(instruction, registers);
                foreach (var register in registers)
                    Note(register.Index, block.Index, lastWritten, lastRead, readers);
                if (instruction.Guard is not null && !guardedWritesCount)
                    continue;
                registers.Clear();
                InstructionEffects.AddWrites(instruction, registers);
                foreach (var register in registers.Where(register => lastWritten[register.Index] != block.Index))
                {
                    lastWritten[register.Index] = block.Index;
                    writers[register.Index].Add(block.Index);
                }
            }
        }
        Walk(graph, readers, writers);
    }

    /// <summary>Liveness as the hardware sees it: a guarded write may leave the old value.</summary>
    public static Liveness Of(ControlFlowGraph graph) => new(graph, false);

    /// <summary>Liveness for which a guarded write counts as a write, since in good code those who read the value have the same guard.</summary>
    public static Liveness OfUnwritten(ControlFlowGraph graph) => new(graph, true);

    /// <summary>Registers live at the start of a block.</summary>
    public IReadOnlyList<int> In(int block) => _in[block];

    /// <summary>Registers live at its end.</summary>
    public IReadOnlyList<int> Out(int block) => _out[block];

    private static List<int>[] NewLists(int count)
    {
        var lists = new List<int>[count];
        for (var i = 0; i < count; i++)
            lists[i] = [];
        return lists;
    }

    private static int[] NewStamps(int count)
    {
        var stamps = new int[count];
        Array.Fill(stamps, -1);
        return stamps;
    }

    /// <summary>Notes a read of what the block has not written before.</summary>
    private static void Note(int register, int block, int[] lastWritten, int[] lastRead, List<int>[] readers)
    {
        if (lastWritten[register] == block || lastRead[register] == block)
            return;
        lastRead[register] = block;
        readers[register].Add(block);
    }

    private void Walk(ControlFlowGraph graph, List<int>[] readers, List<int>[] writers)
    {
        var isWriter = NewStamps(graph.Blocks.Count);
        var isIn = NewStamps(graph.Blocks.Count);
        var isOut = NewStamps(graph.Blocks.Count);
        var pending = new Stack<int>();
        for (var register = 0; register < readers.Length; register++)
        {
            foreach (var block in writers[register])
                isWriter[block] = register;
            foreach (var block in readers[register])
                pending.Push(block);
            while (pending.TryPop(out var block))
            {
                if (isIn[block] == register)
                    continue;
                isIn[block] = register;
                _in[block].Add(register);
                foreach (var before in graph.Blocks[block].Predecessors)
                {
                    if (isOut[before] != register)
                        _out[before].Add(register);
                    isOut[before] = register;
                    if (isWriter[before] != register)
                        pending.Push(before);
                }
            }
        }
    }
}
