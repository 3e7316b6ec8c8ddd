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
        var liveness = Liveness.Of(graph);
        var isLive = new bool[function.Registers.Count];
        var most = 0;
        var registers = new List<PtxRegister>();
        foreach (var block in graph.Blocks.Where(block => graph.IsReachable(block.Index)))
        {
            foreach (var register in liveness.Out(block.Index))
                isLive[register] = true;
            var width = liveness.Out(block.Index).Sum(register => Width(function.Registers[register]));
            most = Math.Max(most, width);
            for (var i = block.End - 1; i >= block.Start; i--)
            {
                width += Step(function.Instructions[i], isLive, registers);
                most = Math.Max(most, width);
            }
            foreach (var register in liveness.In(block.Index))
                isLive[register] = false;
        }
        return most + Overhead;
    }

    private static int Width(PtxRegister register) => register.Type == PtxType.Pred ? 0 : register.Type.Bits() == 64 ? 2 : 1;

    /// <summary>Goes back over one instruction; the change of the registers needed.</summary>
    private static int Step(PtxInstruction instruction, bool[] live, List<PtxRegister> registers)
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
}
