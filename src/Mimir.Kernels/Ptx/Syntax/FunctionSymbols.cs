namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>The names that a function's body sees while it is read, and the registers and variables that it has made so far.</summary>
internal sealed class FunctionSymbols(SymbolScope module)
{
    private readonly List<PtxRegister> _registers = [];
    private readonly List<PtxVariable> _variables = [];

    /// <summary>Parameters of a kernel, which it cannot write.</summary>
    public IReadOnlyList<PtxVariable> KernelParameters { get; set; } = [];

    public IReadOnlyList<PtxRegister> Registers => _registers;

    public IReadOnlyList<PtxVariable> Variables => _variables;

    /// <summary>The block being read.</summary>
    public SymbolScope Scope { get; private set; } = new(module);

    public void Enter() => Scope = new SymbolScope(Scope);

    public void Leave() => Scope = Scope.Outer!;

    /// <summary>The register, variable or function of that name, or null.</summary>
    public object? Find(string name) => Scope.TryFind(name, MakeRegister, out var symbol) && symbol is not LabelSymbol ? symbol : null;

    public void DeclareRegister(string name, PtxType type, PtxPosition position)
    {
        if (!Scope.TryDeclare(name, MakeRegister(name, type, position)))
            TokenReader.Fail(position, $"{name} is declared already", "redeclared");
    }

    /// <summary>Declares <c>prefix&lt;count&gt;</c>. Each register gets its index when it is first named: a generous count costs nothing.</summary>
    public void DeclareRegisters(string prefix, int count, PtxType type, PtxPosition position)
    {
        if (!Scope.TryDeclareRange(prefix, count, type, position))
            TokenReader.Fail(position, $"{prefix}<{count}> declares a register that is declared already", "redeclared");
    }

    public void DeclareVariable(PtxVariable variable)
    {
        if (!Scope.TryDeclare(variable.Name, variable))
            TokenReader.Fail(variable.Position, $"{variable.Name} is declared already", "redeclared");
        _variables.Add(variable);
    }

    private PtxRegister MakeRegister(string name, PtxType type, PtxPosition position)
    {
        var register = new PtxRegister(_registers.Count, name, type, position);
        _registers.Add(register);
        return register;
    }
}
