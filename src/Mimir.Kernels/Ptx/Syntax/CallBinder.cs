using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Binds <c>call (returns), function, (arguments)</c> with .param variables on both sides.</summary>
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
            name.Position, function.Name, Match(returns, function.Returns, name, "results"), Match(arguments, function.Parameters, name, "arguments"));
    }

    private FunctionSymbol FindFunction(RawName name) => symbols.Find(name.Name) switch
    {
        FunctionSymbol { IsEntry: false } function => function,
        FunctionSymbol => throw new PtxSyntaxException(name.Position, "operand", $"{form.Text}: {name.Name} is a kernel and cannot be called"),
        PtxRegister => throw new PtxSyntaxException(name.Position, "unsupported", $"{form.Text} through a register is not supported"),
        null => throw new PtxSyntaxException(name.Position, "undeclared", $"the function {name.Name} is not declared"),
        _ => throw new PtxSyntaxException(name.Position, "operand", $"{form.Text}: {name.Name} is no function"),
    };

    private PtxOperand[] Match(IReadOnlyList<RawOperand> given, IReadOnlyList<PtxVariable> declared, RawName function, string what)
    {
        if (given.Count != declared.Count)
        {
            throw new PtxSyntaxException(
                function.Position, "operand", $"{form.Text}: {function.Name} has {declared.Count} {what}, {given.Count} are given");
        }
        return given.Select((operand, i) => BindOne(operand, declared[i])).ToArray();
    }

    private VariableOperand BindOne(RawOperand operand, PtxVariable declared)
    {
        if (operand is not RawName { IsPlain: true } name || symbols.Find(name.Name) is not PtxVariable { Space: StateSpace.Param } variable)
        {
            throw symbols.Find((operand as RawName)?.Name ?? "") is PtxRegister || operand is RawConstant
                ? new PtxSyntaxException(operand.Position, "unsupported", $"{form.Text}: arguments in registers are not supported, only .param variables")
                : new PtxSyntaxException(operand.Position, "operand", $"{form.Text}: a .param variable is needed here");
        }
        if (declared.Bytes != 0 && variable.Bytes != declared.Bytes)
        {
            throw new PtxSyntaxException(
                operand.Position, "type", $"{form.Text}: {variable.Name} has {variable.Bytes} bytes, {declared.Name} has {declared.Bytes}");
        }
        return new VariableOperand(operand.Position, variable);
    }
}
