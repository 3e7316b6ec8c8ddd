using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Gives raw operands their meaning in one instruction and refuses what cannot stand where it stands.</summary>
internal sealed class OperandBinder(FunctionSymbols symbols, int version, int target)
{
    /// <summary>Binds operands to the first row of the form that takes them; the complaint is the one of the row that got furthest.</summary>
    public IReadOnlyList<PtxOperand> Bind(InstructionForm form, List<RawOperand> operands, PtxPosition position)
    {
        PtxSyntaxException? complaint = null;
        var alike = form.Rows.Count == 1 ? form.Rows : form.Rows.Where(row => HasShape(row, operands)).ToArray();
        foreach (var row in alike.Count > 0 ? alike : form.Rows)
        {
            if (TryBind(form, row, operands, position, ref complaint) is { } bound)
                return bound;
        }
        PtxSyntaxException? ignored = null;
        var newer = form.NewerRows.FirstOrDefault(row => TryBind(form, row, operands, position, ref ignored) is not null);
        throw newer is null
            ? complaint!
            : new PtxSyntaxException(position, "version", $"{form.Text} with these operands needs {newer.Gate.Missing(version, target)}");
    }

    /// <summary>Whether vectors stand where the row has vectors of that length: tells the forms of mov apart.</summary>
    private static bool HasShape(InstructionRow row, List<RawOperand> operands)
    {
        if (operands.Count < row.MinimumOperands || operands.Count > row.Operands.Count)
            return false;
        for (var i = 0; i < operands.Count; i++)
        {
            var length = (operands[i] as RawVector)?.Elements.Count ?? 0;
            if (row.Operands[i] is { FollowsVectorModifier: false } rule && rule.VectorLength != length)
                return false;
        }
        return true;
    }

    private PtxOperand[]? TryBind(
        InstructionForm form, InstructionRow row, List<RawOperand> operands, PtxPosition position, ref PtxSyntaxException? complaint)
    {
        try
        {
            return Bind(form, row, operands, position);
        }
        catch (PtxSyntaxException exception)
        {
            if (complaint is null || IsFurther(exception.Position, complaint.Position))
                complaint = exception;
            return null;
        }
    }

    private static bool IsFurther(PtxPosition one, PtxPosition other) =>
        one.Line > other.Line || (one.Line == other.Line && one.Column > other.Column);

    private PtxOperand[] Bind(InstructionForm form, InstructionRow row, List<RawOperand> operands, PtxPosition position)
    {
        CheckCount(form, row, operands, position);
        var bound = new PtxOperand[operands.Count];
        var omitted = row.Operands.Count - operands.Count;
        var addresses = 0;
        for (int i = 0, place = 0; place < row.Operands.Count; place++)
        {
            var rule = row.Operands[place];
            if (rule.IsOptional && omitted > 0)
            {
                omitted--;
                continue;
            }
            bound[i] = rule.Kind == OperandKind.Address ? BindAddress(form, operands[i], addresses++) : Bind(form, rule, operands[i]);
            i++;
        }
        return bound;
    }

    private static void CheckCount(InstructionForm form, InstructionRow row, List<RawOperand> operands, PtxPosition position)
    {
        if (operands.Count >= row.MinimumOperands && operands.Count <= row.Operands.Count)
            return;
        var wanted = row.MinimumOperands == row.Operands.Count ? $"{row.MinimumOperands}" : $"{row.MinimumOperands} to {row.Operands.Count}";
        TokenReader.Fail(position, $"{form.Text} takes {wanted} operand{(wanted == "1" ? "" : "s")}, not {operands.Count}", "operand");
    }

    private PtxOperand Bind(InstructionForm form, OperandRule rule, RawOperand raw)
    {
        if (rule.Kind == OperandKind.Label)
        {
            return raw is RawName { IsPlain: true } label
                ? new LabelOperand(label.Position, label.Name, -1)
                : throw Refuse(raw, $"{form.Text} needs a label");
        }
        var type = rule.TypeFor(form.Types);
        var length = rule.FollowsVectorModifier ? form.VectorLength : rule.VectorLength;
        if (rule.FollowsVectorModifier && length * type.Bytes() > 16)
            throw Refuse(raw, $"{form.Text} moves {length * type.Bytes()} bytes; a vector holds at most 16");
        if (rule.VectorLength == 0 && length <= 1)
        {
            // Compilers write { %r1 } for a vector of one.
            return BindScalar(form, rule, type, rule.FollowsVectorModifier && raw is RawVector { Elements: [var only] } ? only : raw);
        }
        if (raw is not RawVector vector)
        {
            return length == 1
                ? new VectorOperand(raw.Position, [BindScalar(form, rule, type, raw)])
                : throw Refuse(raw, $"{form.Text} needs a vector of {length} here: {{{string.Join(", ", Enumerable.Repeat("r", length))}}}");
        }
        if (vector.Elements.Count != length)
            throw Refuse(raw, $"{form.Text} needs a vector of {length} here, not of {vector.Elements.Count}");
        var element = rule with { AllowsSink = rule.IsDestination };
        return new VectorOperand(raw.Position, vector.Elements.Select(part => BindScalar(form, element, type, part)).ToArray());
    }

    private PtxOperand BindScalar(InstructionForm form, OperandRule rule, PtxType type, RawOperand raw)
    {
        switch (raw)
        {
            case RawPair pair when rule.HasSecondPredicate:
                return new PairOperand(pair.Position, BindName(form, rule, type, pair.First), BindSecond(form, pair.Second));
            case RawName name:
                return BindName(form, rule, type, name);
            case RawConstant constant:
                return BindConstant(form, rule, type, constant);
            case RawAddress:
                throw Refuse(raw, $"{form.Text}: an address in brackets cannot stand here");
            case RawVector:
                throw Refuse(raw, $"{form.Text}: a vector cannot stand here");
            case RawPair:
                throw Refuse(raw, $"{form.Text}: a pair p|q cannot stand here");
            default:
                throw Refuse(raw, $"{form.Text}: a list in parentheses cannot stand here");
        }
    }

    private PtxOperand BindSecond(InstructionForm form, RawName name)
    {
        var rule = new OperandRule { IsDestination = true, AllowsSink = true, FixedType = PtxType.Pred };
        return BindName(form, rule, PtxType.Pred, name);
    }

    private PtxOperand BindName(InstructionForm form, OperandRule rule, PtxType type, RawName name)
    {
        if (name is { Name: "_", IsPlain: true })
        {
            return rule.AllowsSink
                ? new SinkOperand(name.Position)
                : throw Refuse(name, $"{form.Text}: '_' cannot stand here");
        }
        if (name.IsNegated && !rule.AllowsNegation)
            throw Refuse(name, $"{form.Text}: '!' cannot stand before this operand");
        if (name.Component is null && symbols.Find(name.Name) is { } symbol)
        {
            return symbol switch
            {
                PtxRegister register => BindRegister(form, rule, type, name, register),
                PtxVariable variable => BindVariable(form, rule, type, name, variable),
                _ => throw Refuse(name, $"{form.Text}: {name.Name} is a function; addresses of functions are not supported", "unsupported"),
            };
        }
        if (SpecialRegisters.Find(name.Name, name.Component) is { } special)
            return BindSpecial(form, rule, type, name, special);
        throw Unknown(name);
    }

    private PtxSyntaxException Unknown(RawName name)
    {
        if (SpecialRegisters.IsUnsupported(name.Name))
            return Refuse(name, $"the special register {name.Name} is not supported", "unsupported");
        if (name.Component is not null)
        {
            return symbols.Find(name.Name) is not null || SpecialRegisters.IsVector(name.Name)
                ? Refuse(name, $"{name.Name} has no component .{name.Component}")
                : Refuse(name, $"{name} is not declared", "undeclared");
        }
        return SpecialRegisters.IsVector(name.Name)
            ? Refuse(name, $"{name.Name} is a vector: {name.Name}.x, .y or .z")
            : Refuse(name, $"{name.Name} is not declared", "undeclared");
    }

    private static RegisterOperand BindRegister(InstructionForm form, OperandRule rule, PtxType type, RawName name, PtxRegister register)
    {
        if (name.Addend != 0)
            throw Refuse(name, $"{form.Text}: an offset can stand behind a register only inside an address");
        if (!rule.AllowsRegister)
            throw Refuse(name, $"{form.Text} needs a constant here, not the register {register.Name}");
        var matches = rule.IsFragment ? RegisterClasses.MatchesFragment(register.Type)
            : rule.IsLoose ? RegisterClasses.MatchesLoosely(register.Type, type)
            : RegisterClasses.Matches(register.Type, type);
        if (!matches)
        {
            var wanted = type == PtxType.Pred ? "a predicate" : rule.IsFragment ? "an untyped 32-bit register" : $".{type.Name()}";
            throw Refuse(name, $"{form.Text}: {register.Name} is .{register.Type.Name()}, {wanted} is needed", "type");
        }
        return new RegisterOperand(name.Position, register, name.IsNegated);
    }

    private static VariableOperand BindVariable(InstructionForm form, OperandRule rule, PtxType type, RawName name, PtxVariable variable)
    {
        if (!rule.AllowsVariable)
            throw Refuse(name, $"{form.Text}: the variable {variable.Name} cannot stand here; its address is taken by mov");
        if (type.Bits() is not (32 or 64) || type.IsFloat())
            throw Refuse(name, $"{form.Text}: an address needs a 32- or 64-bit integer type", "type");
        if (type.Bits() == 32 && variable.Space is StateSpace.Global or StateSpace.Const)
            throw Refuse(name, $"{form.Text}: the address of the .{variable.Space.ToString().ToLowerInvariant()} variable {variable.Name} has 64 bits", "type");
        if (form.Opcode == PtxOpcode.Cvta && variable.Space != form.Space)
            throw Refuse(name, $"{form.Text}: {variable.Name} lies in .{variable.Space.ToString().ToLowerInvariant()}", "space");
        return new VariableOperand(name.Position, variable, name.Addend);
    }

    private static SpecialOperand BindSpecial(
        InstructionForm form, OperandRule rule, PtxType type, RawName name, (SpecialRegister Register, PtxType Type) special)
    {
        if (rule.IsDestination)
            throw Refuse(name, $"{form.Text}: {name} is a special register and cannot be written");
        if (!rule.AllowsRegister || rule.VectorLength > 0)
            throw Refuse(name, $"{form.Text}: the special register {name} cannot stand here");
        var matches = rule.IsLoose ? RegisterClasses.MatchesLoosely(special.Type, type) : RegisterClasses.Matches(special.Type, type);
        return matches
            ? new SpecialOperand(name.Position, special.Register)
            : throw Refuse(name, $"{form.Text}: {name} is .{special.Type.Name()}, .{type.Name()} is needed", "type");
    }

    private static ImmediateOperand BindConstant(InstructionForm form, OperandRule rule, PtxType type, RawConstant constant)
    {
        if (rule.IsDestination)
            throw Refuse(constant, $"{form.Text}: the destination must be a register, not a constant");
        if (!rule.AllowsConstant)
        {
            var wanted = type == PtxType.Pred ? "a predicate register" : "a register";
            throw Refuse(constant, $"{form.Text} needs {wanted} here, not a constant");
        }
        if (form.Opcode is PtxOpcode.Mov or PtxOpcode.St or PtxOpcode.Selp && constant.Value.IsBitPattern(type))
            type = type == PtxType.B32 ? PtxType.F32 : PtxType.F64;
        if (constant.Value.ToBits(type, out var reason) is not { } bits)
            throw Refuse(constant, $"{form.Text}: {reason}", "literal");
        if (rule.Limit is { } limit && !limit.Allows(bits))
            throw Refuse(constant, $"{form.Text}: the constant here must be {limit}, not {(long)bits}", "literal");
        return new ImmediateOperand(constant.Position, bits);
    }

    private AddressOperand BindAddress(InstructionForm form, RawOperand raw, int index)
    {
        if (raw is not RawAddress address)
            throw Refuse(raw, $"{form.Text} needs an address in brackets here");
        if (address.Name is null)
            return new AddressOperand(raw.Position, null, null, address.Offset);
        return symbols.Find(address.Name) switch
        {
            PtxRegister register when register.Type.Bits() is 32 or 64 && !register.Type.IsFloat() =>
                new AddressOperand(raw.Position, register, null, address.Offset),
            PtxRegister register => throw new PtxSyntaxException(address.NamePosition, "type",
                $"{form.Text}: {register.Name} is .{register.Type.Name()}; an address needs a 32- or 64-bit integer register"),
            PtxVariable variable => new AddressOperand(raw.Position, null, CheckSpace(form, index, address, variable), address.Offset),
            null => throw new PtxSyntaxException(address.NamePosition, "undeclared", $"{address.Name} is not declared"),
            _ => throw new PtxSyntaxException(address.NamePosition, "operand", $"{form.Text}: {address.Name} is a function and has no memory"),
        };
    }

    private PtxVariable CheckSpace(InstructionForm form, int index, RawAddress address, PtxVariable variable)
    {
        if (form.Opcode == PtxOpcode.St && symbols.KernelParameters.Contains(variable))
            throw new PtxSyntaxException(address.NamePosition, "space", $"{form.Text}: {variable.Name} is a parameter of the kernel and read only");
        // cp.async has two addresses, each with its space.
        if (form.Space == StateSpace.Generic || form.Spaces[Math.Min(index, form.Spaces.Count - 1)] == variable.Space)
            return variable;
        throw new PtxSyntaxException(address.NamePosition, "space",
            $"{form.Text}: {variable.Name} lies in .{variable.Space.ToString().ToLowerInvariant()}");
    }

    private static PtxSyntaxException Refuse(RawOperand operand, string reason, string kind = "operand") => new(operand.Position, kind, reason);
}
