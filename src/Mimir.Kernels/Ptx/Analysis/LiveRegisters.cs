namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>How many hardware registers a function needs at least, from the live ranges of its virtual ones.</summary>
public static class LiveRegisters
{
    /// <summary>What the assembler adds for addresses and its own temporaries.</summary>
    private const int Overhead = 8;

    /// <summary>The largest number of 32-bit registers live at once: 64-bit values count two, predicates have registers of their own;
    /// plus 8 for addressing. The assembler moves instructions, so it is an estimate.</summary>
    public static int Estimate(PtxFunction function) => Estimate(ControlFlowGraph.Of(function));

    internal static int Estimate(ControlFlowGraph graph)
    {
        var function = graph.Function;
        var liveOut = LiveOut(graph);
        var most = 0;
        var registers = new List<PtxRegister>();
        foreach (var block in graph.Blocks.Where(block => graph.IsReachable(block.Index)))
        {
            var live = liveOut[block.Index];
            var width = live.Members().Sum(register => Width(function.Registers[register]));
            most = Math.Max(most, width);
            for (var i = block.End - 1; i >= block.Start; i--)
            {
                width += Step(function.Instructions[i], live, registers);
                most = Math.Max(most, width);
            }
        }
        return most + Overhead;
    }

    private static int Width(PtxRegister register) => register.Type == PtxType.Pred ? 0 : register.Type.Bits() == 64 ? 2 : 1;

    /// <summary>Goes back over one instruction; the change of the registers needed.</summary>
    private static int Step(PtxInstruction instruction, RegisterSet live, List<PtxRegister> registers)
    {
        var change = 0;
        registers.Clear();
        if (instruction.Guard is null)
            InstructionEffects.AddWrites(instruction, registers);
        foreach (var register in registers.Where(register => live[register.Index]))
        {
            live[register.Index] = false;
            change -= Width(register);
        }
        registers.Clear();
        InstructionEffects.AddReads(instruction, registers);
        foreach (var register in registers.Where(register => !live[register.Index]))
        {
            live[register.Index] = true;
            change += Width(register);
        }
        return change;
    }

    /// <summary>The registers live behind each block.</summary>
    private static RegisterSet[] LiveOut(ControlFlowGraph graph)
    {
        var count = graph.Function.Registers.Count;
        var used = new RegisterSet[graph.Blocks.Count];
        var written = new RegisterSet[graph.Blocks.Count];
        var liveIn = new RegisterSet[graph.Blocks.Count];
        var liveOut = new RegisterSet[graph.Blocks.Count];
        foreach (var block in graph.Blocks)
        {
            (used[block.Index], written[block.Index]) = Summarise(graph.Function, block, count);
            liveIn[block.Index] = new RegisterSet(count);
            liveOut[block.Index] = new RegisterSet(count);
        }
        var pending = new SortedSet<int>(graph.Blocks.Select(block => block.Index));
        while (pending.Count > 0)
        {
            var index = pending.Max;
            pending.Remove(index);
            var block = graph.Blocks[index];
            foreach (var successor in block.Successors.Where(successor => successor != graph.Exit))
                liveOut[index].UnionWith(liveIn[successor]);
            if (liveIn[index].AddLive(liveOut[index], written[index], used[index]))
                pending.UnionWith(block.Predecessors);
        }
        return liveOut;
    }

    /// <summary>Registers that a block reads before it writes them, and those that it writes. A guarded write keeps the old value alive.</summary>
    private static (RegisterSet Used, RegisterSet Written) Summarise(PtxFunction function, BasicBlock block, int count)
    {
        var used = new RegisterSet(count);
        var written = new RegisterSet(count);
        var registers = new List<PtxRegister>();
        for (var i = block.Start; i < block.End; i++)
        {
            var instruction = function.Instructions[i];
            registers.Clear();
            InstructionEffects.AddReads(instruction, registers);
            foreach (var register in registers.Where(register => !written[register.Index]))
                used[register.Index] = true;
            registers.Clear();
            InstructionEffects.AddWrites(instruction, registers);
            foreach (var register in registers.Where(_ => instruction.Guard is null))
                written[register.Index] = true;
        }
        return (used, written);
    }
}
