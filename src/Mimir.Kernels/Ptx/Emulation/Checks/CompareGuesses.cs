namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The loads whose value feeds the comparison of an atom.cas: the first guess of the loop that compilers make of an atomic operation
/// that the hardware lacks. A guess that another thread's atomic has made stale costs a turn of the loop, no more.</summary>
internal static class CompareGuesses
{
    /// <summary>Whether each instruction is such a load, by index.</summary>
    public static bool[] Of(IReadOnlyList<PtxInstruction> instructions)
    {
        var guesses = new bool[instructions.Count];
        var registers = new HashSet<PtxRegister>(ReferenceEqualityComparer.Instance);
        foreach (var instruction in instructions)
        {
            if (instruction.Opcode == PtxOpcode.Atom && instruction.Has(PtxModifier.Cas) && instruction.Operands is [_, _, RegisterOperand compared, ..])
                registers.Add(compared.Register);
        }
        if (registers.Count == 0)
            return guesses;

        // Unoptimised code keeps the value on the stack between the load and the loop.
        var places = new HashSet<(PtxRegister? Register, PtxVariable? Variable, long Offset)>();
        for (var known = -1; known != registers.Count + places.Count;)
        {
            known = registers.Count + places.Count;
            foreach (var instruction in instructions)
            {
                switch (instruction)
                {
                    case { Opcode: PtxOpcode.Mov or PtxOpcode.Cvt, Operands: [RegisterOperand to, RegisterOperand from] } when registers.Contains(to.Register):
                        registers.Add(from.Register);
                        break;
                    case { Opcode: PtxOpcode.Ld, Operands: [RegisterOperand to, AddressOperand from] } when registers.Contains(to.Register):
                        places.Add(PlaceOf(from));
                        break;
                    case { Opcode: PtxOpcode.St, Operands: [AddressOperand to, RegisterOperand from] } when places.Contains(PlaceOf(to)):
                        registers.Add(from.Register);
                        break;
                }
            }
        }
        for (var i = 0; i < guesses.Length; i++)
            guesses[i] = instructions[i] is { Opcode: PtxOpcode.Ld, Operands: [RegisterOperand to, AddressOperand] } && registers.Contains(to.Register);
        return guesses;
    }

    private static (PtxRegister? Register, PtxVariable? Variable, long Offset) PlaceOf(AddressOperand address) =>
        (address.Register, address.Variable, address.Offset);
}
