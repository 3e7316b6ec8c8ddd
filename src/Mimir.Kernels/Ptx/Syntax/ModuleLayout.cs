namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Places shared and local memory and makes the module.</summary>
/// <remarks>A shared variable has one offset, in whatever kernel it is used. Variables that no kernel uses together may overlap, so that a
/// module's kernels each pay for what they name, themselves or through the functions they call.</remarks>
internal sealed class ModuleLayout(IReadOnlyList<PtxVariable> variables, IReadOnlyList<ParsedFunction> functions, DiagnosticBag diagnostics)
{
    private const int MaximumStaticSharedBytes = 49152;
    private const int MinimumDynamicAlignment = 16;
    private const int MaximumLocalBytes = 512 * 1024;

    private readonly Dictionary<string, ParsedFunction> _byName = functions.ToDictionary(function => function.Header.Symbol.Name);

    public PtxModule Build(string file, int version, int target)
    {
        var uses = functions.ToDictionary(function => function, UsedVariables);
        var sharedBytes = PlaceShared(uses);
        return new PtxModule
        {
            File = file,
            Version = version,
            Target = target,
            Variables = variables.Concat(functions.SelectMany(function => function.Body?.Variables ?? []).Where(IsOfModule)).ToArray(),
            Functions = functions.Select(function => Build(function, uses[function], sharedBytes[function])).ToArray(),
        };
    }

    private PtxFunction Build(ParsedFunction function, HashSet<PtxVariable> used, long sharedBytes)
    {
        var header = function.Header;
        if (sharedBytes > MaximumStaticSharedBytes)
        {
            diagnostics.Error(header.Symbol.Position, "limit",
                $"{header.Symbol.Name} uses {sharedBytes} bytes of static shared memory; {MaximumStaticSharedBytes} are the limit");
        }
        var own = (function.Body?.Variables ?? []).Where(variable => !IsOfModule(variable)).ToArray();
        var localBytes = Place(own.Where(variable => variable.Space == StateSpace.Local));
        if (localBytes > MaximumLocalBytes)
        {
            diagnostics.Error(header.Symbol.Position, "limit",
                $"{header.Symbol.Name} uses {localBytes} bytes of local memory a thread; {MaximumLocalBytes} are the limit");
        }
        Place(own.Where(variable => variable.Space == StateSpace.Param));
        return new PtxFunction
        {
            Name = header.Symbol.Name,
            IsEntry = header.Symbol.IsEntry,
            Parameters = header.Symbol.Parameters,
            Returns = header.Symbol.Returns,
            ParameterBytes = header.ParameterBytes,
            Registers = function.Body?.Registers ?? [],
            Variables = own,
            Instructions = function.Body?.Instructions ?? [],
            StaticSharedBytes = (int)Math.Min(int.MaxValue, sharedBytes),
            DynamicSharedAlignment = used.Where(IsDynamic).Select(variable => variable.Alignment).Append(MinimumDynamicAlignment).Max(),
            LocalBytes = (int)Math.Min(int.MaxValue, localBytes),
            MaximumBlock = header.MaximumBlock,
            RequiredBlock = header.RequiredBlock,
            MinimumBlocksPerMultiprocessor = header.MinimumBlocksPerMultiprocessor,
            MaximumRegisters = header.MaximumRegisters,
            Position = header.Symbol.Position,
        };
    }

    /// <summary>Whether a variable lives as long as the module, wherever it is declared.</summary>
    private static bool IsOfModule(PtxVariable variable) => variable.Space is StateSpace.Global or StateSpace.Const;

    private static bool IsDynamic(PtxVariable variable) => variable is { Space: StateSpace.Shared, IsExternal: true, Bytes: 0 };

    private static long Align(long offset, int alignment) => (offset + alignment - 1) / alignment * alignment;

    /// <summary>Places variables one after another; the bytes they take.</summary>
    private static long Place(IEnumerable<PtxVariable> variables)
    {
        long offset = 0;
        foreach (var variable in variables)
        {
            variable.Offset = Align(offset, variable.Alignment);
            offset = variable.Offset + variable.Bytes;
        }
        return offset;
    }

    /// <summary>Places every shared variable above those that a function uses together with it; the bytes of each function.</summary>
    private Dictionary<ParsedFunction, long> PlaceShared(Dictionary<ParsedFunction, HashSet<PtxVariable>> uses)
    {
        var tops = functions.ToDictionary(function => function, _ => 0L);
        var all = variables.Concat(functions.SelectMany(function => function.Body?.Variables ?? []));
        foreach (var variable in all.Where(variable => variable.Space == StateSpace.Shared && !IsDynamic(variable)))
        {
            var users = functions.Where(function => uses[function].Contains(variable)).ToArray();
            variable.Offset = Align(users.Select(user => tops[user]).DefaultIfEmpty(0).Max(), variable.Alignment);
            foreach (var user in users)
                tops[user] = variable.Offset + variable.Bytes;
        }
        return tops;
    }

    /// <summary>The shared variables that a function and all it calls name or declare.</summary>
    private HashSet<PtxVariable> UsedVariables(ParsedFunction function)
    {
        var used = new HashSet<PtxVariable>();
        var seen = new HashSet<ParsedFunction> { function };
        var pending = new Stack<ParsedFunction>(seen);
        while (pending.TryPop(out var next))
        {
            used.UnionWith((next.Body?.Variables ?? []).Where(variable => variable.Space == StateSpace.Shared));
            foreach (var operand in (next.Body?.Instructions ?? []).SelectMany(instruction => instruction.Operands))
            {
                if (operand is VariableOperand { Variable: { Space: StateSpace.Shared } value })
                    used.Add(value);
                else if (operand is AddressOperand { Variable: { Space: StateSpace.Shared } memory })
                    used.Add(memory);
                else if (operand is CallOperand call && _byName.TryGetValue(call.Function, out var callee) && seen.Add(callee))
                    pending.Push(callee);
            }
        }
        return used;
    }
}
