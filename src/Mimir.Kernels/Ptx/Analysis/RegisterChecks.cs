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

    /// <summary>Forward over all paths: the registers surely written before each block. A guarded write counts as one, since its
    /// readers have the same guard in good code.</summary>
    private static void ReportUninitialised(ControlFlowGraph graph, Findings findings)
    {
        var function = graph.Function;
        var count = function.Registers.Count;
        if (graph.Blocks.Count == 0)
            return;
        var before = graph.Blocks.Select(block => block.Index == 0 ? new RegisterSet(count) : RegisterSet.Full(count)).ToArray();
        var isVisited = new bool[graph.Blocks.Count];
        var pending = new SortedSet<int> { 0 };
        while (pending.Count > 0)
        {
            var block = graph.Blocks[pending.Min];
            pending.Remove(block.Index);
            isVisited[block.Index] = true;
            var after = new RegisterSet(count);
            after.CopyFrom(before[block.Index]);
            Follow(function, block, after, (_, _) => { });
            foreach (var successor in block.Successors.Where(successor => successor != graph.Exit))
            {
                if (before[successor].ShrinkTo(after) || !isVisited[successor])
                    pending.Add(successor);
            }
        }
        var reported = new RegisterSet(count);
        foreach (var block in graph.Blocks.Where(block => graph.IsReachable(block.Index)))
        {
            Follow(function, block, before[block.Index], (instruction, register) =>
            {
                if (reported[register.Index])
                    return;
                reported[register.Index] = true;
                findings.Warn(instruction.Position, "uninitialised-register",
                    $"{instruction.Text} reads {register.Name}, which no instruction has written on some path");
            });
        }
    }

    /// <summary>Goes through a block, adds what it writes to <paramref name="written"/> and tells of reads of what was not written.</summary>
    private static void Follow(PtxFunction function, BasicBlock block, RegisterSet written, Action<PtxInstruction, PtxRegister> onUnwritten)
    {
        var registers = new List<PtxRegister>();
        for (var i = block.Start; i < block.End; i++)
        {
            var instruction = function.Instructions[i];
            registers.Clear();
            InstructionEffects.AddReads(instruction, registers);
            foreach (var register in registers.Where(register => !written[register.Index]))
                onUnwritten(instruction, register);
            registers.Clear();
            InstructionEffects.AddWrites(instruction, registers);
            foreach (var register in registers)
                written[register.Index] = true;
        }
    }
}
