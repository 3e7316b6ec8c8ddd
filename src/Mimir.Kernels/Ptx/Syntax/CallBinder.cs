using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Binds <c>call (returns), function, (arguments)</c> with .param variables, or registers for scalars.</summary>
internal sealed class CallBinder(FunctionSymbols symbols, InstructionForm form, PtxPosition position)
{
    public CallOperand Bind(List<RawOperand> operands)
    {
        var at = 0;
        IReadOnlyList<RawOperand> returns = [];
        if (operands.Count > 0 && operands[0] is RawGroup first)
        {
            returns = first.Elements;
            at++;
        }
        if (at >= operands.Count || operands[at] is not RawName name)
            throw new PtxSyntaxException(at < operands.Count ? operands[at].Position : position, "operand", $"{form.Text} needs the name of a function");
        at++;
        IReadOnlyList<RawOperand> arguments = [];
        if (at < operands.Count && operands[at] is RawGroup second)
        {
            arguments = second.Elements;
            at++;
        }
        var function = FindFunction(name);
        if (at < operands.Count)
            throw new PtxSyntaxException(operands[at].Position, "operand", $"{form.Text}: nothing can follow the arguments of a direct call");
        return new CallOperand(
            name.Position, function.Name, Match(returns, function.Returns, name, false), Match(arguments, function.Parameters, name, true));
    }

    private FunctionSymbol FindFunction(RawName name) => symbols.Find(name.Name) switch
    {
        FunctionSymbol { IsEntry: false } function => function,
        FunctionSymbol => throw new PtxSyntaxException(name.Position, "operand", $"{form.Text}: {name.Name} is a kernel and cannot be called"),
        PtxRegister => throw new PtxSyntaxException(name.Position, "unsupported", $"{form.Text} through a register is not supported"),
        null => throw new PtxSyntaxException(name.Position, "undeclared", $"the function {name.Name} is not declared"),
        _ => throw new PtxSyntaxException(name.Position, "operand", $"{form.Text}: {name.Name} is no function"),
    };

    private PtxOperand[] Match(IReadOnlyList<RawOperand> given, IReadOnlyList<PtxVariable> declared, RawName function, bool isArgument)
    {
        if (given.Count != declared.Count)
        {
            throw new PtxSyntaxException(function.Position, "operand",
                $"{form.Text}: {function.Name} has {declared.Count} {(isArgument ? "arguments" : "results")}, {given.Count} are given");
        }
        return given.Select((operand, i) => BindOne(operand, declared[i], isArgument)).ToArray();
    }

    private PtxOperand BindOne(RawOperand operand, PtxVariable declared, bool isArgument)
    {
        switch (operand)
        {
            case RawName { IsPlain: true } name when symbols.Find(name.Name) is PtxVariable { Space: StateSpace.Param } variable:
                if (declared.Bytes != 0 && variable.Bytes != declared.Bytes)
                    throw Refuse(operand, $"{variable.Name} has {variable.Bytes} bytes, {declared.Name} has {declared.Bytes}", "type");
                return new VariableOperand(operand.Position, variable);
            case RawName { IsPlain: true } name when symbols.Find(name.Name) is PtxRegister register && declared.Bytes == declared.Type.Bytes():
                if (!RegisterClasses.Matches(register.Type, declared.Type))
                    throw Refuse(operand, $"{register.Name} is .{register.Type.Name()}, {declared.Name} is .{declared.Type.Name()}", "type");
                return new RegisterOperand(operand.Position, register);
            case RawConstant constant when isArgument && declared.Bytes == declared.Type.Bytes():
                return constant.Value.ToBits(declared.Type, out var reason) is { } bits
                    ? new ImmediateOperand(operand.Position, bits)
                    : throw Refuse(operand, reason!, "literal");
            default:
                throw Refuse(operand, "a .param variable or a register is needed here", "operand");
        }
    }

    private PtxSyntaxException Refuse(RawOperand operand, string reason, string kind) => new(operand.Position, kind, $"{form.Text}: {reason}");
}
