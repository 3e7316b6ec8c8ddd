namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Which instructions write each register of a function, and whether any reads it.</summary>
internal sealed class RegisterDefinitions
{
    private readonly List<int>[] _writers;
    private readonly bool[] _isRead;

    public RegisterDefinitions(PtxFunction function)
    {
        Function = function;
        _writers = new List<int>[function.Registers.Count];
        _isRead = new bool[function.Registers.Count];
        for (var i = 0; i < _writers.Length; i++)
            _writers[i] = [];
        var registers = new List<PtxRegister>();
        for (var i = 0; i < function.Instructions.Count; i++)
        {
            registers.Clear();
            InstructionEffects.AddWrites(function.Instructions[i], registers);
            foreach (var register in registers)
                _writers[register.Index].Add(i);
            registers.Clear();
            InstructionEffects.AddReads(function.Instructions[i], registers);
            foreach (var register in registers)
                _isRead[register.Index] = true;
        }
    }

    public PtxFunction Function { get; }

    /// <summary>The instructions that write a register, in order.</summary>
    public IReadOnlyList<int> Writers(PtxRegister register) => _writers[register.Index];

    /// <summary>Whether some instruction reads it.</summary>
    public bool IsRead(PtxRegister register) => _isRead[register.Index];

    /// <summary>The one instruction that gives a register its value; null when there are several or none.</summary>
    public PtxInstruction? Only(PtxRegister register) =>
        _writers[register.Index] is [var only] ? Function.Instructions[only] : null;
}
