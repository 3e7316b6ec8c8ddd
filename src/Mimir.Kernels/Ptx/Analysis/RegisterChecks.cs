namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Registers read before they are written, and results that nobody reads.</summary>
internal static class RegisterChecks
{
    public static void Run(ControlFlowGraph graph, RegisterDefinitions definitions, Findings findings)
    {
        ReportUnused(definitions, findings);
        ReportUninitialised(graph, findings);
    }

    private static void ReportUnused(RegisterDefinitions definitions, Findings findings)
    {
        var registers = new List<PtxRegister>();
        foreach (var instruction in definitions.Function.Instructions.Where(InstructionEffects.IsPure))
        {
            registers.Clear();
            InstructionEffects.AddWrites(instruction, registers);
            if (registers.Count == 0 || registers.Any(definitions.IsRead))
                continue;
            var message = $"the result of {instruction.Text} in {registers[0].Name} is never used";
            // Debug builds and inlined assembly leave such moves and tests behind.
            if (instruction.Opcode is PtxOpcode.Mov or PtxOpcode.Cvta or PtxOpcode.Ld or PtxOpcode.Setp)
                findings.Inform(instruction.Position, "unused-result", message);
            else
                findings.Warn(instruction.Position, "unused-result", message);
        }
    }

    /// <summary>A register that is live where the function begins is read on some path before it is written.</summary>
    private static void ReportUninitialised(ControlFlowGraph graph, Findings findings)
    {
        if (graph.Blocks.Count == 0)
            return;
        foreach (var register in Liveness.OfUnwritten(graph).In(0))
        {
            if (FirstRead(graph, graph.Function.Registers[register]) is { } reader)
            {
                findings.Warn(reader.Position, "uninitialised-register",
                    $"{reader.Text} reads {graph.Function.Registers[register].Name}, which no instruction has written on some path");
            }
        }
    }

    /// <summary>The first instruction, along paths on which nothing writes a register, that reads it.</summary>
    private static PtxInstruction? FirstRead(ControlFlowGraph graph, PtxRegister register)
    {
        var seen = new HashSet<int>();
        var pending = new PriorityQueue<int, int>([(0, 0)]);
        while (pending.TryDequeue(out var index, out _))
        {
            if (index == graph.Exit || !seen.Add(index))
                continue;
            var block = graph.Blocks[index];
            var isWritten = false;
            for (var i = block.Start; i < block.End && !isWritten; i++)
            {
                var instruction = graph.Function.Instructions[i];
                if (Touches(instruction, register, InstructionEffects.AddReads))
                    return instruction;
                isWritten = Touches(instruction, register, InstructionEffects.AddWrites);
            }
            foreach (var successor in block.Successors.Where(_ => !isWritten))
                pending.Enqueue(successor, successor);
        }
        return null;
    }

    private static bool Touches(PtxInstruction instruction, PtxRegister register, Action<PtxInstruction, List<PtxRegister>> add)
    {
        var registers = new List<PtxRegister>(4);
        add(instruction, registers);
        return registers.Contains(register);
    }
}
