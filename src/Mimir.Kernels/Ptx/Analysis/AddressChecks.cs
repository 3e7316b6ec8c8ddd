namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Constant addresses that cannot be aligned, generic accesses whose space is known, stores to what is read as constant.</summary>
internal static class AddressChecks
{
    public static void Run(PtxFunction function, RegisterDefinitions definitions, Findings findings)
    {
        var reported = new HashSet<PtxRegister>();
        foreach (var instruction in function.Instructions)
        {
            foreach (var address in instruction.Operands.OfType<AddressOperand>())
            {
                CheckAlignment(instruction, address, findings);
                CheckGeneric(instruction, address, definitions, reported, findings);
            }
        }
        CheckReadOnly(function, definitions, findings);
    }

    private static void CheckAlignment(PtxInstruction instruction, AddressOperand address, Findings findings)
    {
        if (address.Register is not null || AccessBytes(instruction, address) is not (> 1 and var bytes))
            return;
        if (address.Variable is not { } variable)
        {
            if (address.Offset % bytes != 0)
                findings.Warn(address.Position, "misaligned-address", $"{instruction.Text}: the address {address.Offset} is no multiple of {bytes}");
            return;
        }
        if (variable.Alignment % bytes == 0 ? address.Offset % bytes != 0 : (variable.Offset + address.Offset) % bytes != 0 || !IsPlaced(variable))
        {
            findings.Warn(address.Position, "misaligned-address",
                $"{instruction.Text}: {variable.Name}+{address.Offset}, declared with alignment {variable.Alignment}, need not be a multiple of {bytes}");
        }
    }

    /// <summary>Whether a variable's offset in its space is known before the module is loaded.</summary>
    private static bool IsPlaced(PtxVariable variable) =>
        variable.Space is StateSpace.Param or StateSpace.Local || variable is { Space: StateSpace.Shared, IsExternal: false };

    /// <summary>Bytes that have to be aligned; 0 where the instruction does not say.</summary>
    private static int AccessBytes(PtxInstruction instruction, AddressOperand address) => instruction.Opcode switch
    {
        PtxOpcode.Ld or PtxOpcode.St or PtxOpcode.Ldu =>
            instruction.Types[0].Bytes() * (instruction.Has(PtxModifier.V4) ? 4 : instruction.Has(PtxModifier.V2) ? 2 : 1),
        PtxOpcode.Atom or PtxOpcode.Red => instruction.Types[0].Bytes(),
        PtxOpcode.Ldmatrix => 16,
        PtxOpcode.CpAsync when instruction.Operands[2] is ImmediateOperand size => (int)size.Bits,
        _ => 0,
    };

    private static void CheckGeneric(
        PtxInstruction instruction, AddressOperand address, RegisterDefinitions definitions, HashSet<PtxRegister> reported, Findings findings)
    {
        if (instruction.Opcode is not (PtxOpcode.Ld or PtxOpcode.St or PtxOpcode.Atom or PtxOpcode.Red) || instruction.Space != StateSpace.Generic)
            return;
        if (address.Register is { } register && definitions.Only(register) is { Opcode: PtxOpcode.Cvta } origin && reported.Add(register))
        {
            findings.Inform(instruction.Position, "generic-access",
                $"{instruction.Text}: {register.Name} is known to lie in .{origin.Space.ToString().ToLowerInvariant()}; naming the space saves its resolution");
        }
    }

    /// <summary>A buffer read through .nc must not change while the kernel runs.</summary>
    private static void CheckReadOnly(PtxFunction function, RegisterDefinitions definitions, Findings findings)
    {
        var origins = new PointerOrigins(definitions);
        var readOnly = new Dictionary<PtxVariable, PtxInstruction>();
        foreach (var instruction in function.Instructions.Where(instruction => instruction.Has(PtxModifier.Nc)))
        {
            if (origins.Of(instruction) is { } origin)
                readOnly.TryAdd(origin, instruction);
        }
        foreach (var instruction in function.Instructions.Where(instruction => instruction.Opcode is PtxOpcode.St or PtxOpcode.Atom or PtxOpcode.Red))
        {
            if (origins.Of(instruction) is { } origin && readOnly.TryGetValue(origin, out var reader))
            {
                findings.Warn(instruction.Position, "stored-read-only",
                    $"{instruction.Text} writes to the buffer {origin.Name}, which {reader.Text} at {reader.Position} reads as constant");
            }
        }
    }
}
