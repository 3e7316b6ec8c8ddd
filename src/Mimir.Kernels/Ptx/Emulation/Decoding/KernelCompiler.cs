namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Brings a kernel and the device functions it calls into the interpreter's form: one stretch of code, one register file. Functions have
/// fixed places in both, so that a call is a jump; functions that can call themselves save theirs before.</summary>
internal static class KernelCompiler
{
    /// <summary>Compiles a kernel.</summary>
    /// <exception cref="PtxException">It holds an instruction that the emulator does not know.</exception>
    public static CompiledKernel Compile(EmulatedModule module, PtxFunction kernel)
    {
        var functions = Reachable(module.Module, [kernel]);
        var predicates = functions.Sum(function => function.Registers.Count(register => register.Type == PtxType.Pred));
        var code = new CodeBuilder(module, kernel, new RegisterLayout(predicates));
        var decoders = new Dictionary<string, FunctionDecoder>();
        foreach (var function in functions)
            decoders.Add(function.Name, new FunctionDecoder(code, function, Reachable(module.Module, Callees(module.Module, function)).Contains(function)));
        foreach (var function in functions)
            decoders[function.Name].Decode(decoders);
        return code.Build();
    }

    /// <summary>Functions and every function that they call, directly or by way of others, each once.</summary>
    private static List<PtxFunction> Reachable(PtxModule module, IEnumerable<PtxFunction> functions)
    {
        var found = new List<PtxFunction>(functions.Distinct());
        for (var n = 0; n < found.Count; n++)
            found.AddRange(Callees(module, found[n]).Distinct().Except(found));
        return found;
    }

    /// <summary>The functions with a body that a function calls.</summary>
    private static IEnumerable<PtxFunction> Callees(PtxModule module, PtxFunction function)
    {
        var names = function.Instructions.SelectMany(instruction => instruction.Operands).OfType<CallOperand>().Select(call => call.Function).ToHashSet();
        return module.Functions.Where(other => !other.IsEntry && other.Instructions.Count > 0 && names.Contains(other.Name));
    }
}
