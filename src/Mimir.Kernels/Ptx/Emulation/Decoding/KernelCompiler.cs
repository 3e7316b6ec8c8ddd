namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Brings a kernel and the device functions it calls into the interpreter's form: one stretch of code, one register file. Functions have
/// fixed places in both, so that a call is a jump; recursion is refused.</summary>
internal static class KernelCompiler
{
    /// <summary>Compiles a kernel.</summary>
    /// <exception cref="PtxException">It calls itself, or a function without a body.</exception>
    public static CompiledKernel Compile(EmulatedModule module, PtxFunction kernel)
    {
        var functions = Reachable(module.Module, kernel);
        var predicates = functions.Sum(function => function.Registers.Count(register => register.Type == PtxType.Pred));
        var code = new CodeBuilder(module, kernel, new RegisterLayout(predicates));
        var decoders = new Dictionary<string, FunctionDecoder>();
        foreach (var function in functions)
            decoders.Add(function.Name, new FunctionDecoder(code, function));
        foreach (var function in functions)
            decoders[function.Name].Decode(decoders);
        return code.Build();
    }

    /// <summary>The kernel, then every function that it calls, each once.</summary>
    private static List<PtxFunction> Reachable(PtxModule module, PtxFunction kernel)
    {
        var found = new List<PtxFunction>();
        Visit(kernel, []);
        return found;

        void Visit(PtxFunction function, IReadOnlyList<PtxFunction> callers)
        {
            if (callers.Contains(function))
                throw Unsupported.At(module, function.Position, $"{function.Name} calls itself, directly or by way of others");
            if (!found.Contains(function))
                found.Add(function);
            foreach (var call in function.Instructions.SelectMany(instruction => instruction.Operands).OfType<CallOperand>())
            {
                var callee = module.Functions.FirstOrDefault(other => !other.IsEntry && other.Name == call.Function && other.Instructions.Count > 0)
                    ?? throw Unsupported.At(module, call.Position, $"the function {call.Function} has no body");
                Visit(callee, [.. callers, function]);
            }
        }
    }
}
